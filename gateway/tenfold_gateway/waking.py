"""Wakes a sleeping model once for a whole herd of callers."""

import asyncio
import logging
import time
from collections.abc import Callable

from cachetools import TTLCache

from tenfold_gateway.routes import Waker

log = logging.getLogger(__name__)

# A model that was woken longer ago than this has been up in between.
_ONE_START = 600.0


class Waking:
    """Passes the first call for a model on to the waker, and another now and then, should one be lost."""

    def __init__(
        self, waker: Waker, again_after: float = 5.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._waker = waker
        self._clock = clock
        self._woken: TTLCache[str, None] = TTLCache(100_000, again_after, clock)
        self._began: TTLCache[str, float] = TTLCache(100_000, _ONE_START, clock)
        self._tasks: set[asyncio.Task[None]] = set()

    def nudge(self, model_id: str) -> None:
        """Have the model woken. The caller does not wait for it: the route table tells when it is up."""
        self._began.setdefault(model_id, self._clock())
        if model_id in self._woken:
            return
        self._woken[model_id] = None
        task = asyncio.create_task(self._wake(model_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def age(self, model_id: str) -> float:
        """Give the time since the model was first woken."""
        return self._clock() - self._began.get(model_id, self._clock())

    async def _wake(self, model_id: str) -> None:
        try:
            await self._waker.wake(model_id)
        except Exception:  # whatever the backend raises, the next caller tries again
            log.exception("Failed to wake %s", model_id)
            self._woken.pop(model_id, None)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
