"""Headers, as ASGI has them: which go on to a runtime, which come back, and those on every answer."""

import random
import re
from functools import lru_cache
from types import MappingProxyType

from tenfold_api import names
from tenfold_api.http.exchange import Headers, RawHeaders

NO_HEADERS: Headers = MappingProxyType({})

# A runtime sees these and no others: never a token, a cookie, or a header about the connection.
_TO_RUNTIME = frozenset(
    name.encode()
    for name in (
        "content-type",
        "accept",
        "user-agent",
        "traceparent",
        "tracestate",
        names.USE_CACHE,
        names.WAIT_FOR_MODEL,
        names.LOAD_MODEL,
    )
)

_ID = names.REQUEST_ID.encode()
_ID_LINE = _ID + b": %b\r\n"
_LENGTH = b"content-length"

# About the connection to the runtime, or written by the gateway itself.
_NOT_FROM_RUNTIME = frozenset(
    name.encode()
    for name in (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "date",
        "server",
        "set-cookie",
        names.REQUEST_ID,
    )
)

_SANE_ID = re.compile(rb"[A-Za-z0-9._:/=+-]{1,128}")

# Any web page may ask: an answer depends on no cookie, only on a token that the page must have.
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", f"{names.COMPUTE_TYPE}, {names.COMPUTE_TIME}".encode()),
)
_CORS_LINES = b"".join(b"%b: %b\r\n" % line for line in _CORS)


def to_runtime(headers: Headers, request_id: bytes) -> bytes:
    """Write the lines that a runtime gets."""
    passed = [b"%b: %b\r\n" % (name, headers[name]) for name in headers if name in _TO_RUNTIME]
    passed.append(_ID_LINE % request_id)
    return b"".join(passed)


def from_runtime(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Give those that the caller gets. Names are in lower case."""
    return [line for line in headers if _comes_back(line[0])]


def lines(headers: RawHeaders) -> bytes:
    """Write headers as they go over the wire, but for the length."""
    return b"".join([b"%b: %b\r\n" % line for line in headers if line[0] != _LENGTH])


@lru_cache(1024)
def _comes_back(name: bytes) -> bool:
    return name not in _NOT_FROM_RUNTIME and not name.startswith(b"access-control-")


def on_every_answer(request_id: bytes) -> list[tuple[bytes, bytes]]:
    return [(_ID, request_id), *_CORS]


def lines_on_every_answer(request_id: bytes) -> bytes:
    return b"%b: %b\r\n%b" % (_ID, request_id, _CORS_LINES)


def preflight(headers: Headers) -> dict[str, str]:
    """Answer a browser that asks whether a page may send its request: it may."""
    wanted = headers.get(b"access-control-request-headers", b"authorization, content-type")
    return {
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": wanted.decode("latin-1"),
        "access-control-max-age": "600",
    }


def request_id(headers: Headers) -> bytes:
    """Give the caller's own id where it has one that fits into a log line."""
    given = headers.get(_ID)
    return given if given and _SANE_ID.fullmatch(given) else b"%032x" % random.getrandbits(128)
