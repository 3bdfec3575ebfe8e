"""A request as a replica gets it, in bytes."""

from functools import lru_cache
from urllib.parse import quote, urlsplit

from tenfold_gateway import headers
from tenfold_gateway.asked import Asked
from tenfold_gateway.connection import Request

# What may stand in a path as it is, besides letters, digits and _.-~
_IN_PATHS = "/:@!$&'()*+,;="


def request(asked: Asked, url: str) -> Request:
    """Write a request for the replica at `url`."""
    lines = headers.to_runtime(asked.headers, asked.request_id)
    head = b"%b%b%b\r\n" % (_opening(asked, url), lines, _length(asked.body))
    return Request(head, asked.body, wants_body=asked.method != "HEAD")


def _opening(asked: Asked, url: str) -> bytes:
    if asked.query:
        return _first_lines(asked.method, f"{_quoted(asked.path)}?{asked.query}", url)
    return _usual_lines(asked.method, asked.path, url)


@lru_cache(4096)
def _usual_lines(method: str, path: str, url: str) -> bytes:
    return _first_lines(method, _quoted(path), url)


def _first_lines(method: str, target: str, url: str) -> bytes:
    return f"{method} {target} HTTP/1.1\r\nhost: {urlsplit(url).netloc}\r\n".encode("latin-1")


def _length(body: bytes) -> bytes:
    return b"content-length: %d\r\n" % len(body) if body else b""


def _quoted(path: str) -> str:
    """Escape what a caller's path had escaped: a line break would begin a request of its own."""
    return quote(path, safe=_IN_PATHS)
