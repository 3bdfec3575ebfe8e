"""Calls run one at a time in a thread, in the order in which they came."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from tenfold_runtime import deadline
from tenfold_runtime.errors import Overloaded

T = TypeVar("T")
Turn: TypeAlias = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Turns:
    """A bounded queue of calls. `work()` must be running."""

    def __init__(self, most: int) -> None:
        self._queue: asyncio.Queue[Turn] = asyncio.Queue(most)
        self._thread = ThreadPoolExecutor(1, "pipeline")
        self._began: float | None = None

    @property
    def waiting(self) -> int:
        """Calls in the queue."""
        return self._queue.qsize()

    @property
    def busy_seconds(self) -> float:
        """Age of the call under way, in seconds; 0 when idle."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    async def take(self, call: Callable[[], T]) -> T:
        """Run a call when its turn comes; raises Overloaded where the queue is full."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        try:
            self._queue.put_nowait((call, done))
        except asyncio.QueueFull:
            message = f"{self._queue.maxsize} requests wait already; try again later"
            raise Overloaded(message) from None
        return await done

    async def work(self) -> None:
        """Serve the queue until cancelled."""
        while True:
            call, done = await self._queue.get()
            if not done.cancelled():  # whoever hung up while waiting costs nothing
                await self._run(call, done)

    async def _run(self, call: Callable[[], Any], done: "asyncio.Future[Any]") -> None:
        self._began = time.monotonic()
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._thread, _wanted(call, done))
        except Exception as error:  # noqa: BLE001 - it is the caller's, whatever it is
            if not done.cancelled():
                done.set_exception(error)
        else:
            if not done.cancelled():
                done.set_result(result)
        finally:
            self._began = None


def _wanted(call: Callable[[], T], done: "asyncio.Future[Any]") -> Callable[[], T]:
    """Give the call, made to stop once nobody waits for it."""

    def run() -> T:
        with deadline.unless(done.cancelled):
            return call()

    return run
