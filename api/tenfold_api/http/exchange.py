"""One request of a caller and its answer, as ASGI has them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, TypeAlias

from starlette.types import Message

Headers: TypeAlias = Mapping[bytes, bytes]
RawHeaders: TypeAlias = Iterable[tuple[bytes, bytes]]

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"
_CLOSE = b"connection: close\r\n"
_STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


@dataclass(slots=True)
class Head:
    """What comes before a request's body."""

    method: bytes
    url: bytes
    """As it was sent: a path and a query, as a rule."""
    version: str
    headers: Headers
    """Names in lower case. Of two with one name the last counts."""


class Line(Protocol):
    """What an exchange needs of the connection that it goes on over."""

    @property
    def address(self) -> str:
        """Where the caller calls from."""

    @property
    def common_lines(self) -> bytes:
        """Those of every answer: the date."""

    @property
    def is_full(self) -> bool:
        """Whether the caller has yet to read what was written."""

    def write(self, data: bytes) -> None: ...

    async def drained(self) -> None:
        """Wait until the caller has read enough of what was written."""

    def run(self, exchange: "Exchange") -> None:
        """Have the application answer, in a task."""

    def hang_up(self) -> None: ...

    def resume_reading(self) -> None: ...

    def answered(self, *, keeps_connection: bool) -> None:
        """Go on to the next request, or close."""


class Exchange:
    """Read the request with `receive`, answer it with `send`; or, where no wait is needed, at once."""

    __slots__ = (
        "_chunks",
        "_expects",
        "_head",
        "_is_head",
        "_keeps_connection",
        "_left",
        "_news",
        "_was_given",
        "head",
        "is_over",
        "is_received",
        "is_started",
        "line",
        "on_left",
        "on_room",
    )

    def __init__(self, head: Head, line: Line, *, keeps_connection: bool, expects: bool) -> None:
        """expects: the caller waits to be told before it sends the body."""
        self.head = head
        self.line = line
        self.is_started = False
        """The head of the answer was given."""
        self.is_over = False
        """The answer is complete, or the caller is gone."""
        self.is_received = False
        """The request is complete."""
        self.on_left: Callable[[], object] | None = None
        """Called when the caller is gone."""
        self.on_room: Callable[[], None] | None = None
        """Called when the caller has read enough of what was written."""
        self._is_head = head.method == b"HEAD"
        self._keeps_connection = keeps_connection
        self._expects = expects
        self._chunks: deque[bytes] = deque()
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
        self.is_received = True
        self._tell()

    def leave(self) -> None:
        """Note that the caller is gone."""
        self.is_over = True
        if self.on_left:
            self.on_left()
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
            self.line.write(_CONTINUE)
        while not (self.is_over or self._has_news):
            self.line.resume_reading()
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if self.is_over:
            return {"type": "http.disconnect"}
        body = self._chunks.popleft() if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks.clear()
        self._was_given = self.is_received
        return {"type": "http.request", "body": body, "more_body": not self.is_received}

    @property
    def _has_news(self) -> bool:
        return bool(self._chunks) or (self.is_received and not self._was_given)

    async def send(self, message: Message) -> None:
        """Answer. The head goes out together with the first of the body."""
        if self.is_over:
            return
        await self.line.drained()
        if message["type"] == "http.response.start":
            self.begin(message["status"], message["headers"])
        else:
            self.go_on(message.get("body", b""), more=message.get("more_body", False))

    # Without a wait, for who keeps an eye on `line.is_full`.

    @property
    def body(self) -> bytes:
        """The body of a request that is complete."""
        if len(self._chunks) > 1:
            whole = b"".join(self._chunks)
            self._chunks.clear()
            self._chunks.append(whole)
        return self._chunks[0] if self._chunks else b""

    def answer(self, status: int, lines: bytes, body: bytes) -> None:
        """Answer at one go. lines: the headers but for the length; no line break in any of them."""
        last = b"" if self._keeps_connection else _CLOSE
        length = b"content-length: %d\r\n\r\n" % len(body)
        self.line.write(b"".join((status_line(status), self.line.common_lines, lines, last, length, body)))
        self.is_started = True
        self._end()

    def begin(self, status: int, headers: RawHeaders) -> None:
        """Give the head of the answer. It goes out together with the first of the body."""
        self.is_started = True
        lines = [b"%b: %b\r\n" % line for line in headers]
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
        self._head = b"%b%b%b\r\n" % (status_line(status), self.line.common_lines, head)

    def _measure(self, status: int, headers: dict[bytes, bytes]) -> bool:
        """Note how many bytes will come; tell whether that is known without chunks."""
        length = headers.get(b"content-length")
        if self._is_head or status in (204, 304):
            self._left = 0
        elif length is not None:
            self._left = int(length)
        else:
            self._left = None
            return False
        return True

    def go_on(self, body: bytes, *, more: bool) -> None:
        """Give more of the answer's body, or its end."""
        if self._is_head:
            body = b""
        if self._left is None:
            data = _chunk(body, more=more)
        else:
            data, self._left = body, self._left - len(body)
            if self._left < 0 or (self._left and not more):
                raise ValueError("the answer is not as long as its content-length says")
        if self._head or data:
            self.line.write(self._head + data)
            self._head = b""
        if not more:
            self._end()

    def _end(self) -> None:
        self.is_over = True
        self._tell()
        self.line.answered(keeps_connection=self._keeps_connection)


def status_line(status: int) -> bytes:
    """Write the first line of an answer; a status that no standard has goes without a phrase."""
    return _STATUS.get(status) or b"HTTP/1.1 %d \r\n" % status


def _chunk(body: bytes, *, more: bool) -> bytes:
    framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
    return framed if more else framed + b"0\r\n\r\n"
