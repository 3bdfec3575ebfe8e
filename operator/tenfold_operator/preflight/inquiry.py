"""Asks the hub of models, each repository and revision once, off the event loop."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

from tenfold_api.progress import Failure
from tenfold_api.spec import HubSource
from tenfold_operator.errors import HubUnavailable
from tenfold_operator.model import Key
from tenfold_operator.preflight.facts import Facts

log = logging.getLogger(__name__)

Ask = Callable[[HubSource], Facts | Failure]
"""Blocks until the hub has answered. Raises HubUnavailable."""

_AT_ONCE = 4
_MOST = 10_000


class Pace(NamedTuple):
    """How often a hub is asked. All in seconds."""

    delays: tuple[float, ...] = (2.0, 4.0, 8.0)
    """Before each further try where the hub did not answer."""
    rest: float = 1.5
    """For which a hub that did not answer is not asked by others: not all of them wait in vain."""
    stale: float = 300.0
    """After which a refusal is asked for anew."""


class Finding(NamedTuple):
    """What is known of a revision: at first that it is being asked for, then what the hub said."""

    answer: Facts | Failure | None = None
    """None where the hub did not answer, or has not yet."""
    is_under_way: bool = False


_PACE = Pace()
_UNDER_WAY = Finding(is_under_way=True)


@dataclass
class _Entry:
    finding: Finding = _UNDER_WAY
    best_before: float | None = None
    """By the monotonic clock; None for what holds for good, and while the hub is being asked."""
    waiting: set[Key] = field(default_factory=set)
    """Models that are not served, or were not checked, for want of facts."""


class Inquiries:
    """The answers of one hub. Facts stay; a refusal, or no answer at all, is asked for anew after a while."""

    def __init__(self, ask: Ask, news: Callable[[Key], None], pace: Pace = _PACE) -> None:
        self._ask = ask
        self._news = news
        self._pace = pace
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hub")
        self._tasks: set[asyncio.Task[None]] = set()
        self._down_until = 0.0

    def of(self, source: HubSource, model: Key) -> Finding:
        """Give what is known by now. The model is looked at again when more is."""
        named = source.repo, source.revision
        entry = self._entries.get(named)
        if entry is None or _is_stale(entry):
            entry = self._entries[named] = _renewed(entry)
            self._begin(source, entry)
        if not isinstance(entry.finding.answer, Facts):
            entry.waiting.add(model)
        return entry.finding

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self, source: HubSource, entry: _Entry) -> None:
        task = asyncio.create_task(self._inquire(source, entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        while len(self._entries) > _MOST:
            del self._entries[next(iter(self._entries))]

    async def _inquire(self, source: HubSource, entry: _Entry) -> None:
        answer = await self._patiently(source)
        entry.finding = Finding(answer)
        self._tell(entry)
        if not isinstance(answer, Facts):
            entry.best_before = time.monotonic() + self._pace.stale
            asyncio.get_running_loop().call_later(self._pace.stale, self._tell, entry)

    def _tell(self, entry: _Entry) -> None:
        for model in entry.waiting:
            self._news(model)

    async def _patiently(self, source: HubSource) -> Facts | Failure | None:
        """Ask a few times; None for a hub that does not answer, for pods may reach it all the same."""
        for delay in (*self._pace.delays, None):
            try:
                return await self._once(source)
            except HubUnavailable as error:
                if delay is None:
                    log.warning("Went on without asking about %s: %s", source.repo, error)
                    return None
                await asyncio.sleep(delay)
        return None

    async def _once(self, source: HubSource) -> Facts | Failure:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._asked, source)

    def _asked(self, source: HubSource) -> Facts | Failure:
        """Ask, in a thread."""
        if time.monotonic() < self._down_until:
            raise HubUnavailable("the hub did not answer a moment ago")
        try:
            return self._ask(source)
        except HubUnavailable:
            self._down_until = time.monotonic() + self._pace.rest
            raise


def _is_stale(entry: _Entry) -> bool:
    return entry.best_before is not None and time.monotonic() >= entry.best_before


def _renewed(entry: _Entry | None) -> _Entry:
    """A refusal holds while the hub is asked anew."""
    if entry is not None and isinstance(entry.finding.answer, Failure):
        return _Entry(entry.finding)
    return _Entry()
