"""One kept HTTP/1.1 connection to a replica: it asks, and hands the answer on as it arrives."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from tenfold_gateway.arriving import Answer, AnswerReader, NotHttp

# While so many bytes of a body wait to be read, the replica waits too.
_HIGH_WATER = 256 * 1024
# A larger body is not copied behind the head.
_AT_ONE_GO = 64 * 1024


class Gone(Exception):
    """The connection failed before a byte of the answer."""


class CutOff(Exception):
    """The connection failed in the midst of the answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is written."""

    head: bytes
    body: bytes = b""
    wants_body: bool = True
    """Whether the answer has a body: not one to HEAD."""


class Connection(asyncio.Protocol):
    """Carries one exchange at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._reader = AnswerReader()
        self.answer = Answer(complete=True)
        self._transport: asyncio.Transport
        self._news: asyncio.Future[None] | None = None
        self._listener: Callable[[], None] | None = None
        self.failure: Exception | None = None
        """Why nothing more will come."""
        self._is_paused = False
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        return self.failure is None

    @property
    def is_free(self) -> bool:
        """Whether another request may be written."""
        answer = self.answer
        done = answer.complete and answer.keeps_connection and self.is_open
        return done and not self._transport.get_write_buffer_size()

    async def ask(self, request: Request) -> Answer:
        """Write a request; give its answer once it has begun. Unless it does, the connection is closed."""
        self.answer = answer = self._reader.expect(request.wants_body)
        self._write(request)
        try:
            while not answer.begun:
                await self._await_news()
        except BaseException:
            self.close()
            raise
        return answer

    def tell(self, request: Request, listener: Callable[[], None]) -> None:
        """Write a request, and call the listener at all that is new of its answer, until it is dismissed."""
        self.answer = self._reader.expect(request.wants_body)
        self._listener = listener
        self._write(request)

    def dismiss(self) -> None:
        """Call nobody any more."""
        self._listener = None

    async def read(self) -> bytes:
        """Give what has arrived of the body, or wait for more of it."""
        while not (self.answer.chunks or self.answer.complete):
            await self._await_news()
        taken = self.answer.take()
        self.resume()
        return taken

    def close(self) -> None:
        """Break the connection off. A replica that is at work takes this for a caller who left."""
        self._fail(Gone("it was given up"))
        self._transport.abort()

    def _write(self, request: Request) -> None:
        if len(request.body) > _AT_ONE_GO:
            self._transport.writelines((request.head, request.body))
        else:
            self._transport.write(request.head + request.body)

    async def _await_news(self) -> None:
        if self.failure:
            raise self.failure
        self._news = self._loop.create_future()
        await self._news

    def _tell(self) -> None:
        if self._listener:
            self._listener()
        elif self._news and not self._news.done():
            self._news.set_result(None)

    def _fail(self, failure: Exception) -> None:
        self.failure = self.failure or failure
        self._tell()

    def pause(self) -> None:
        """Have the replica wait."""
        if not self._is_paused and self.is_open:
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._is_paused:
            self._is_paused = False
            if self.is_open:
                self._transport.resume_reading()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except NotHttp as error:
            self._fail(error)
            self._transport.abort()
        if self.answer.waiting > _HIGH_WATER:
            self.pause()
        if self.answer.begun:
            self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            self._reader.end()
        self._fail(self._loss(str(error or "it was closed")))

    def _loss(self, reason: str) -> Exception:
        if self.answer.begun:
            return CutOff(reason)
        return NotHttp(reason) if self._reader.has_heard else Gone(reason)
