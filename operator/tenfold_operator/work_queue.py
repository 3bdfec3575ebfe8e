"""Keys that want a look: each at most once in the queue and once at work; a failed look is repeated later."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tenfold_operator.errors import ClusterError
from tenfold_operator.metrics import Metrics

log = logging.getLogger(__name__)

K = TypeVar("K")

Look = Callable[[K], Awaitable[float | None]]
"""Looks at one key; gives the seconds until it should be looked at again, None for when something happens."""

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 60.0


class WorkQueue(Generic[K]):
    """Looks at keys, several at a time, never two looks at one key."""

    def __init__(self, workers: int, metrics: Metrics) -> None:
        self._workers = workers
        self._metrics = metrics
        self._queue: asyncio.Queue[K] = asyncio.Queue()
        self._queued: dict[K, float] = {}
        """Since when, by the monotonic clock."""
        self._busy: set[K] = set()
        self._again: set[K] = set()
        self._failures: dict[K, int] = {}
        self._later: dict[K, asyncio.TimerHandle] = {}
        self._tasks: list[asyncio.Task[None]] = []
        metrics.count_waiting(self._queue.qsize)

    def start(self, look: Look[K]) -> None:
        self._tasks = [asyncio.create_task(self._work(look)) for _ in range(self._workers)]

    async def stop(self) -> None:
        """End the looks under way, where they are: every look may be cut anywhere."""
        for handle in self._later.values():
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def add(self, key: K) -> None:
        """See to it that a look at the key begins after now."""
        if key in self._busy:
            self._again.add(key)
        elif key not in self._queued:
            self._queued[key] = time.monotonic()
            self._queue.put_nowait(key)

    async def settled(self) -> None:
        """Wait until nothing is queued or at work. What was put off for later does not count."""
        await self._queue.join()

    async def _work(self, look: Look[K]) -> None:
        while True:
            key = await self._queue.get()
            self._metrics.waited(time.monotonic() - self._queued.pop(key))
            self._busy.add(key)
            self._put_off(key, await self._timed(key, look))
            self._done(key)

    def _done(self, key: K) -> None:
        self._busy.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)
        self._queue.task_done()

    async def _timed(self, key: K, look: Look[K]) -> float | None:
        """Look, and give when to look again. A key that fails must not end the work on others."""
        began = time.monotonic()
        outcome, again = await self._outcome(key, look)
        self._metrics.looked(outcome, time.monotonic() - began)
        return again

    async def _outcome(self, key: K, look: Look[K]) -> tuple[str, float | None]:
        try:
            again = await look(key)
        except ClusterError as error:
            log.warning("Could not finish %s, will try again: %s", key, error)
            return "unfinished", self._delay(key)
        except Exception:
            log.exception("Failed at %s, will try again", key)
            return "failed", self._delay(key)
        self._failures.pop(key, None)
        return "done", again

    def _delay(self, key: K) -> float:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        return float(min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(failures, 10)))

    def _put_off(self, key: K, seconds: float | None) -> None:
        """Keep one time for the next look at the key: the last that was said."""
        earlier = self._later.pop(key, None)
        if earlier is not None:
            earlier.cancel()
        if seconds is not None:
            self._later[key] = asyncio.get_running_loop().call_later(seconds, self._due, key)

    def _due(self, key: K) -> None:
        del self._later[key]
        self.add(key)
