"""Who asks: sends a body, is sent an answer, may leave. Within its block a caller's time limits hold.

An asyncio timer for each limit of each request would take a tenth of the time that a short request takes. So
one timer, running while there are callers, looks at all of them.
"""

import asyncio
import math
from collections.abc import Callable
from functools import cached_property
from types import TracebackType
from typing import Protocol

from starlette.types import Receive, Send

from tenfold_gateway.errors import CallerLeft

# Seconds between two looks: how late a limit may take effect.
_ROUND = 0.02
# Seconds after which a caller is watched; most answers are through by then.
_WATCHED_AFTER = 0.05


class LookedAfter(Protocol):
    """What has time limits."""

    def look(self, now: float) -> None:
        """End what has exceeded its limit. now: the loop's time."""


class Patrol:
    """Looks after the callers that are in."""

    def __init__(self) -> None:
        self._callers: set[LookedAfter] = set()
        self._next: asyncio.TimerHandle | None = None

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that runs. It is asked for once: each time would be a call of the operating system."""
        return asyncio.get_running_loop()

    def add(self, caller: LookedAfter) -> None:
        self._callers.add(caller)
        if self._next is None:
            self._arm()

    def remove(self, caller: LookedAfter) -> None:
        self._callers.discard(caller)

    def stop(self) -> None:
        if self._next:
            self._next.cancel()

    def _arm(self) -> None:
        self._next = self.loop.call_later(_ROUND, self._round)

    def _round(self) -> None:
        self._next = None
        now = self.loop.time()
        for caller in tuple(self._callers):
            caller.look(now)
        if self._callers:
            self._arm()


class Caller:
    """One request's caller. Limits and the caller's leaving end the block with their own errors."""

    def __init__(self, receive: Receive, send: Send, patrol: Patrol) -> None:
        self.receive = receive
        self.send = send
        self._patrol = patrol
        self._loop = patrol.loop
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._watched_from = math.inf
        self._seconds, self._deadline = math.inf, math.inf
        self._error: Callable[[float], Exception]
        self._ended_by: Exception | None = None

    def within(self, seconds: float, error: Callable[[float], Exception]) -> None:
        """End the block with `error(seconds)` so many seconds from now. Replaces the limit before it."""
        self._seconds, self._error = seconds, error
        self._deadline = self._loop.time() + seconds

    def unhurried(self) -> None:
        """Lift the limit."""
        self._deadline = math.inf

    def watched(self) -> None:
        """End the block with CallerLeft once the caller hangs up. The body must have been read."""
        self._watched_from = self._loop.time() + _WATCHED_AFTER

    def look(self, now: float) -> None:
        if now >= self._deadline:
            self._end(self._error(self._seconds))
        elif now >= self._watched_from and not self._watch:
            self._watch = self._loop.create_task(self._end_when_left())

    async def _end_when_left(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
        self._end(CallerLeft())

    def _end(self, error: Exception) -> None:
        if self._task and not self._ended_by:
            self._ended_by = error
            self._task.cancel()

    def __enter__(self) -> "Caller":
        self._task = asyncio.current_task(self._loop)
        self._patrol.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._patrol.remove(self)
        if self._watch:
            self._watch.cancel()
        if self._task and self._ended_by and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise self._ended_by from None
