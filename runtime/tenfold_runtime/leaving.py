"""Callers who hang up: their work is given up, so that nobody waits behind it."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

T = TypeVar("T")

# Seconds after which a caller is watched. Most answers are through by then, and a task to watch costs more
# time than half of the way of a request.
_WATCHED_AFTER = 0.05


async def while_connected(receive: Receive, work: Awaitable[T]) -> T:
    """Await `work`, and cancel it when the caller hangs up; raises ClientDisconnect then.

    The request's body must have been read.
    """
    watch = _Watch(receive)
    try:
        return await work
    except asyncio.CancelledError:
        if not watch.saw_the_end:
            raise
        watch.working.uncancel()
        raise ClientDisconnect from None
    finally:
        watch.stop()


class _Watch:
    """Cancels the task that made it when the caller hangs up."""

    def __init__(self, receive: Receive) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - requests are answered in tasks
        self.working = task
        self.saw_the_end = False
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(_WATCHED_AFTER, self._begin)

    def stop(self) -> None:
        self._timer.cancel()
        if self._watching:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.saw_the_end = True
        self.working.cancel()
