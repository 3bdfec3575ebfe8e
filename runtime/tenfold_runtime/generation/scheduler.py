"""Continuous batching: requests wait in a bounded queue, and join and leave the running batch at any step."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tenfold_runtime.errors import Overloaded
from tenfold_runtime.generation.batch import Turn, Turning
from tenfold_runtime.generation.sequence import Generation


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

    def submit(self, generation: Generation) -> None:
        """Queue a sequence; raises Overloaded at once where the queue is full."""
        if len(self._queue) >= self._max_queue:
            raise Overloaded(f"{self._max_queue} requests are waiting already; try again later")
        self._queue.append(generation)
        self._arrived.set()

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
        try:
            while True:
                if not (self._inside or self._leaving or self._queue):
                    self._arrived.clear()
                    await self._arrived.wait()
                self._deliver(await self._turn())
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)
            for generation in (*self._inside, *self._queue):
                generation.fail(Overloaded("the model is shutting down; try again"))

    async def _turn(self) -> Turn:
        joining, leaving = self._admitted(), self._left()
        self._busy_since = self._clock()
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._batch.turn, joining, leaving)
        finally:
            self._busy_since = None

    def _admitted(self) -> list[Generation]:
        """Take the oldest requests for which there is a place; those who leave free theirs in this turn."""
        joining: list[Generation] = []
        while self._queue and (self._queue[0].gone or self._batch.fits([*joining, self._queue[0]])):
            generation = self._queue.popleft()
            if not generation.gone:
                joining.append(generation)
        for generation in joining:
            if generation.wish.seconds is not None:
                generation.ends_at = self._clock() + generation.wish.seconds
        self._inside.update(joining)
        return joining

    def _left(self) -> list[Generation]:
        """Give those who are done, or whose caller hung up."""
        leaving = self._leaving + [one for one in self._inside if one.gone]
        self._inside.difference_update(leaving)
        self._leaving = []
        return leaving

    def _deliver(self, turn: Turn) -> None:
        now = self._clock()
        for generation, chosen in turn.chosen:
            out_of_time = generation.ends_at is not None and now >= generation.ends_at
            if generation.take(chosen, out_of_time=out_of_time):
                self._inside.discard(generation)
                self._leaving.append(generation)
        for generation, error in turn.failed:
            generation.fail(error)
            self._inside.discard(generation)
