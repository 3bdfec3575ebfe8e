"""Continuous batching: requests wait in a bounded queue, and join and leave the running batch at any step."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from typing import TypeAlias

from tenfold_runtime.errors import Overloaded
from tenfold_runtime.generation.batch import Turning
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.sequence import Generation, Piece

# Turns by which the network may be ahead of what callers were told.
_AHEAD = 2

Told: TypeAlias = tuple[Generation, Piece | Exception]
"""What a text's caller is told."""


class Scheduler:
    """Turns the batch in a thread of its own for as long as anyone waits for tokens."""

    def __init__(self, batch: Turning, max_queue: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._batch = batch
        self._max_queue = max_queue
        self._clock = clock
        self._queue: deque[Generation] = deque()
        self._inside: set[Generation] = set()
        self._leaving: list[Generation] = []
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._busy_since: float | None = None
        self._ahead = Semaphore(_AHEAD)
        self._closed = False

    def submit(self, generation: Generation) -> None:
        """Queue a sequence; raises Overloaded at once where the queue is full."""
        if self.is_full:
            raise Overloaded(f"{self._max_queue} requests are waiting already; try again later")
        self._queue.append(generation)
        self._arrived.set()

    @property
    def is_full(self) -> bool:
        """Whether the queue takes no more."""
        return len(self._queue) >= self._max_queue

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._queue)

    @property
    def running(self) -> int:
        """Requests in the batch."""
        return len(self._inside)

    @property
    def busy_seconds(self) -> float:
        """Age of the turn under way, in seconds; 0 when idle."""
        return 0.0 if self._busy_since is None else self._clock() - self._busy_since

    async def work(self) -> None:
        """Serve the queue until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                await loop.run_in_executor(self._thread, self._serve, loop)
        finally:
            self._closed = True
            self._ahead.release()
            self._thread.shutdown(wait=False, cancel_futures=True)
            for generation in (*tuple(self._inside), *self._queue):
                generation.give(Overloaded("the model is shutting down; try again"))

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Turn the batch until nobody is left; a turn begins while the event loop tells of the one before."""
        while not self._closed and (self._inside or self._leaving or self._queue):
            told = self._turn()
            self._ahead.acquire()
            loop.call_soon_threadsafe(self._deliver, told)

    def _turn(self) -> list[Told]:
        joining, leaving = self._admitted(), self._left()
        self._busy_since = self._clock()
        try:
            turn = self._batch.turn(joining, leaving)
        finally:
            self._busy_since = None
        now = self._clock()
        told = [(generation, _taken(generation, chosen, now)) for generation, chosen in turn.chosen]
        ended = [generation for generation, piece in told if isinstance(piece, Exception) or piece.finish]
        self._leaving += ended
        self._inside.difference_update(ended, (generation for generation, _ in turn.failed))
        return [*told, *turn.failed]

    def _admitted(self) -> list[Generation]:
        """Take the oldest requests for which there is a place; those who leave free theirs in this turn."""
        joining: list[Generation] = []
        while self._queue and (self._queue[0].gone or self._batch.fits([*joining, self._queue[0]])):
            generation = self._queue[0]
            if not generation.gone:
                self._inside.add(generation)  # whoever is neither queued nor inside is told nothing
                joining.append(generation)
            self._queue.popleft()
        for generation in joining:
            if generation.wish.seconds is not None:
                generation.ends_at = self._clock() + generation.wish.seconds
        return joining

    def _left(self) -> list[Generation]:
        """Give those who are done, or whose caller hung up."""
        leaving = self._leaving + [one for one in self._inside if one.gone]
        self._inside.difference_update(leaving)
        self._leaving = []
        return leaving

    def _deliver(self, told: list[Told]) -> None:
        self._ahead.release()
        for generation, piece in told:
            generation.give(piece)


def _taken(generation: Generation, chosen: Chosen, now: float) -> Piece | Exception:
    """Have a text take its token; give what it adds, or why there is nothing."""
    out_of_time = generation.ends_at is not None and now >= generation.ends_at
    try:
        return generation.take(chosen, out_of_time=out_of_time)
    except Exception as error:  # noqa: BLE001 - whoever waits for it is told
        return error
