"""A text that is streamed: its caller is sent an event for each piece as it comes."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Protocol

from tenfold_runtime.answering import Heard
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation.errors import GenerationFailed, told
from tenfold_runtime.generation.sequence import Generation, Piece

log = logging.getLogger(__name__)


class EventWriter(Protocol):
    """Writes the events of one text, in a dialect."""

    def event(self, piece: Piece) -> bytes:
        """Give the event of the next piece, or several."""

    def end(self, error: RequestError | None) -> bytes:
        """Give what follows the last piece, where something does; error: what ended the text instead."""


class Telling:
    """Tells what comes of a text. Each piece may take as long as a whole answer."""

    def __init__(self, generation: Generation, writer: EventWriter, characters: int, timeout: float) -> None:
        """characters: of the request's inputs. timeout: in seconds."""
        self.characters = characters
        self._generation = generation
        self._writer = writer
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_begun = False
        self._heard: Heard = _unheard

    def tell(self, heard: Heard) -> None:
        """Have somebody told all that comes."""
        self._heard = heard
        self._due = self._loop.time() + self._timeout
        self._look()
        self._generation.listen(self._take)

    def leave(self) -> None:
        """Give up the text: nobody is told any more, and its place in the batch is free."""
        self._generation.gone = True
        if self._timer:
            self._timer.cancel()

    def events(self) -> AsyncGenerator[bytes]:
        """Give the events as they come; raises the error that comes in place of the first one."""
        queue: asyncio.Queue[tuple[bytes | RequestError, bool]] = asyncio.Queue()
        self.tell(lambda data, more: queue.put_nowait((data, more)))
        return self._events(queue)

    async def _events(self, queue: asyncio.Queue[tuple[bytes | RequestError, bool]]) -> AsyncGenerator[bytes]:
        more = True
        try:
            while more:
                data, more = await queue.get()
                if isinstance(data, RequestError):
                    raise data
                yield data
        finally:
            self.leave()

    def _take(self, piece: Piece | Exception) -> None:
        if self._generation.gone:
            return
        self._due = self._loop.time() + self._timeout
        try:
            self._tell(piece)
        except Exception:
            log.exception("Failed to write an event")
            self._end(GenerationFailed("Request failed during generation"))

    def _tell(self, piece: Piece | Exception) -> None:
        if isinstance(piece, Exception):
            self._end(told(piece, self._timeout))
            return
        event = self._writer.event(piece)
        if piece.finish is None:
            self._is_begun = True
            self._heard(event, True)
        else:
            event += self._writer.end(None)
            self.leave()
            self._heard(event, False)

    def _end(self, error: RequestError) -> None:
        self.leave()
        self._heard(self._writer.end(error) if self._is_begun else error, False)

    def _look(self) -> None:
        """Look whether the next piece takes too long."""
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._look)
        else:
            self._take(TimeoutError())


def _unheard(data: bytes | RequestError, more: bool) -> None:
    """Hear nothing: nobody listens yet."""
