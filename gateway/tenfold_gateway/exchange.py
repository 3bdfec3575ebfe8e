"""One request of a caller and its answer, as ASGI has them."""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, Protocol

from starlette.types import Message

from tenfold_gateway.headers import RawHeaders

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"
_CLOSE = b"connection: close\r\n"
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Line(Protocol):
    """What an exchange needs of the connection that it goes on over."""

    @property
    def common_headers(self) -> RawHeaders:
        """Those of every answer: the date."""

    def write(self, data: bytes) -> None: ...

    async def drained(self) -> None:
        """Wait until the caller has read enough of what was written."""

    def resume_reading(self) -> None: ...

    def answered(self, *, keeps_connection: bool) -> None:
        """Go on to the next request, or close."""


class Exchange:
    """Read the request with `receive`, answer it with `send`."""

    def __init__(self, scope: dict[str, Any], line: Line, *, keeps_connection: bool, expects: bool) -> None:
        """expects: the caller waits to be told before it sends the body."""
        self.scope = scope
        self.is_started = False
        self.is_over = False
        """The answer is complete, or the caller is gone."""
        self._line = line
        self._keeps_connection = keeps_connection
        self._expects = expects
        self._chunks: deque[bytes] = deque()
        self._is_received = False
        self._was_given = False
        self._news: asyncio.Future[None] | None = None
        self._head = b""
        self._left: int | None = None
        """Bytes of the answer that are still to come; None where chunks say where it ends."""

    # What the connection tells.

    @property
    def waiting(self) -> int:
        """Bytes of the body that nobody has asked for yet."""
        return sum(map(len, self._chunks))

    def feed(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._tell()

    def end(self) -> None:
        """Note that the request is complete."""
        self._is_received = True
        self._tell()

    def leave(self) -> None:
        """Note that the caller is gone."""
        self.is_over = True
        self._tell()

    def last(self) -> None:
        """Close the connection after this answer."""
        self._keeps_connection = False

    def _tell(self) -> None:
        if self._news and not self._news.done():
            self._news.set_result(None)

    # ASGI.

    async def receive(self) -> Message:
        """Give a part of the body; once all was given, wait for the end and tell of it."""
        if self._expects and not self.is_started:
            self._expects = False
            self._line.write(_CONTINUE)
        while not (self.is_over or self._has_news):
            self._line.resume_reading()
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if self.is_over:
            return {"type": "http.disconnect"}
        body = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._was_given = self._is_received
        return {"type": "http.request", "body": body, "more_body": not self._is_received}

    @property
    def _has_news(self) -> bool:
        return bool(self._chunks) or (self._is_received and not self._was_given)

    async def send(self, message: Message) -> None:
        """Answer. The head goes out together with the first of the body."""
        if self.is_over:
            return
        await self._line.drained()
        if message["type"] == "http.response.start":
            self._begin(message["status"], message["headers"])
        else:
            self._go_on(message.get("body", b""), more=message.get("more_body", False))

    def _begin(self, status: int, headers: RawHeaders) -> None:
        self.is_started = True
        lines = [b"%b: %b\r\n" % line for line in (*self._line.common_headers, *headers)]
        told = dict(headers)
        if told.get(b"connection") == b"close":
            self._keeps_connection = False
        elif not self._keeps_connection:
            lines.append(_CLOSE)
        if not self._measure(status, told):
            lines.append(_CHUNKED)
        head = b"".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise ValueError("a header of the answer has a line break in it")
        self._head = _STATUS[status] + head + b"\r\n"

    def _measure(self, status: int, headers: dict[bytes, bytes]) -> bool:
        """Note how many bytes will come; tell whether that is known without chunks."""
        length = headers.get(b"content-length")
        if self.scope["method"] == "HEAD" or status in (204, 304):
            self._left = 0
        elif length is not None:
            self._left = int(length)
        else:
            self._left = None
            return False
        return True

    def _go_on(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            body = b""
        if self._left is None:
            data = _chunk(body, more=more)
        else:
            data, self._left = body, self._left - len(body)
            if self._left < 0 or (self._left and not more):
                raise ValueError("the answer is not as long as its content-length says")
        if self._head or data:
            self._line.write(self._head + data)
            self._head = b""
        if not more:
            self.is_over = True
            self._tell()
            self._line.answered(keeps_connection=self._keeps_connection)


def _chunk(body: bytes, *, more: bool) -> bytes:
    framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return framed if more else framed + b"0\r\n\r\n"
