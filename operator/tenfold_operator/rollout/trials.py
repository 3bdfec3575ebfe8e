"""The comparisons under way, and the last result of each model."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeAlias

import aiohttp

from tenfold_operator.model import Key
from tenfold_operator.pods import Pod

log = logging.getLogger(__name__)


Examples: TypeAlias = Iterable[Any] | None
"""Bodies of requests; None for the runtime's own."""


class Result(NamedTuple):
    """What came out of one comparison."""

    drift: float | None
    """None where no answer could be compared."""


class Comparing(Protocol):
    """Compares two pods. Raises aiohttp.ClientError or TimeoutError."""

    async def __call__(self, serving: Pod, candidate: Pod, examples: Examples) -> float | None: ...


class Trials:
    """Compares each change of a model once. What cannot be reached is tried again at the next look."""

    def __init__(self, compare: Comparing, news: Callable[[Key], None]) -> None:
        self._compare = compare
        self._news = news
        self._results: dict[Key, tuple[str, Result]] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}

    def result(self, model: Key, change: str) -> Result | None:
        """Give what came out of the comparison of this change, if it is over."""
        compared, result = self._results.get(model, ("", None))
        return result if compared == change else None

    def begin(self, model: Key, change: str, serving: Pod, candidate: Pod, examples: Examples) -> None:
        """Compare, unless that is under way. The model is looked at when it is over."""
        if model not in self._running:
            comparing = self._try(model, change, serving, candidate, examples)
            self._running[model] = asyncio.create_task(comparing)

    def forget(self, model: Key) -> None:
        self._results.pop(model, None)

    async def stop(self) -> None:
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _try(self, model: Key, change: str, serving: Pod, candidate: Pod, examples: Examples) -> None:
        try:
            drift = await self._compare(serving, candidate, examples)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("Could not compare the change of %s, will try again: %r", model, error)
        else:
            self._results[model] = change, Result(drift)
            self._news(model)
        finally:
            del self._running[model]
