"""One request for a prediction: its body read within bounds."""

import hashlib
from typing import Any, NamedTuple

import orjson
from starlette.types import Receive

from tenfold_api.http.exchange import Headers
from tenfold_gateway.errors import BodyTooLarge, CallerLeft, EncodedBody, NoModel
from tenfold_gateway.headers import NO_HEADERS

# Larger bodies are not searched for options; the headers say the same.
_SEARCHED_BYTES = 64 * 1024


class Asked(NamedTuple):
    """What a caller asks of a model."""

    model_id: str
    method: str = "POST"
    path: str = "/"
    """Path of the runtime."""
    query: str = ""
    headers: Headers = NO_HEADERS
    body: bytes = b""
    request_id: bytes = b""
    address: str = ""

    def header(self, name: str) -> str:
        return self.headers.get(name.encode(), b"").decode("latin-1").strip()

    @property
    def caller(self) -> tuple[str, bytes]:
        """Who asks, without keeping the token."""
        return self.address, hashlib.sha256(self.headers.get(b"authorization", b"")).digest()


def named_model(body: bytes) -> str:
    """Give the model that a JSON body names; raises NoModel where it names none."""
    try:
        model_id = orjson.loads(body)["model"]
    except (ValueError, TypeError, KeyError):
        raise NoModel from None
    if not isinstance(model_id, str):
        raise NoModel
    return model_id


def options(body: bytes) -> dict[str, Any]:
    """Find the options in a body. What is wrong with the body is for the runtime to say."""
    if len(body) > _SEARCHED_BYTES or b'"options"' not in body:
        return {}
    try:
        found = orjson.loads(body)["options"]
    except (orjson.JSONDecodeError, TypeError, KeyError, IndexError):
        return {}
    return found if isinstance(found, dict) else {}


async def read_body(receive: Receive, headers: Headers, most: int) -> bytes:
    """Read a body of at most `most` bytes."""
    encoding = headers.get(b"content-encoding", b"identity")
    if encoding.lower() != b"identity":
        raise EncodedBody(encoding.decode("latin-1"))
    if int(headers.get(b"content-length", b"0")) > most:
        raise BodyTooLarge(most)
    return await _received(receive, most)


async def _received(receive: Receive, most: int) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeft
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > most:
            raise BodyTooLarge(most)
        more = message.get("more_body", False)
    return b"".join(chunks)
