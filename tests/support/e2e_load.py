"""Callers of a model: many at once, or steadily, each of whom retries as a good client does."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

TEXT = "a lovely day"
_TRIES = 4
_LIMIT = aiohttp.ClientTimeout(total=330)
_MAY_PASS = {429, 502, 503, 504}


@dataclass
class Count:
    """What became of requests."""

    first: int = 0
    """Answered with 200 at the first try."""
    retried: int = 0
    """Answered with 200 at a later one."""
    failed: Counter[str] = field(default_factory=Counter)
    """Lost for good, by the last try's status or error."""
    passing: Counter[str] = field(default_factory=Counter)
    """Tries that a retry made good for, or could have."""
    slowest: float = 0.0
    """Seconds from the first try to the answer."""

    @property
    def requests(self) -> int:
        return self.first + self.retried + self.failed.total()

    def __str__(self) -> str:
        lost = f", lost: {dict(self.failed)}" if self.failed else ", none lost"
        passing = f" ({dict(self.passing)})" if self.passing else ""
        return (
            f"{self.requests} requests: {self.first} answered at once, {self.retried} after a retry"
            f"{passing}{lost}; slowest {self.slowest:.1f} s"
        )


class Callers:
    """Ask one model. texts: how many a request has."""

    def __init__(self, url: str, model_id: str, texts: int = 1) -> None:
        self._url = f"{url}/models/{model_id}"
        self._body = {"inputs": [TEXT] * texts if texts > 1 else TEXT, "options": {"use_cache": False}}

    async def at_once(self, number: int) -> Count:
        """Send that many requests at the same moment, each of which waits for the model."""
        count = Count()
        async with self._session() as session:
            await asyncio.gather(*(self._ask(session, count) for _ in range(number)))
        return count

    @asynccontextmanager
    async def steadily(self, callers: int) -> AsyncIterator[Count]:
        """Have each of so many callers ask again and again within the block."""
        count, over = Count(), asyncio.Event()
        async with self._session() as session, asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(self._keep_asking(session, count, over))
            try:
                yield count
            finally:
                over.set()

    async def _keep_asking(self, session: aiohttp.ClientSession, count: Count, over: asyncio.Event) -> None:
        while not over.is_set():
            await self._ask(session, count)

    async def _ask(self, session: aiohttp.ClientSession, count: Count) -> None:
        began = time.monotonic()
        for number in range(_TRIES):
            outcome, pause = await self._try(session)
            if outcome == "200":
                count.first, count.retried = count.first + (not number), count.retried + bool(number)
                count.slowest = max(count.slowest, time.monotonic() - began)
                return
            if pause is None or number == _TRIES - 1:
                break
            count.passing[outcome] += 1
            await asyncio.sleep(pause)  # what Retry-After asks for
        count.failed[outcome] += 1

    async def _try(self, session: aiohttp.ClientSession) -> tuple[str, float | None]:
        """Give the status or the error, and the seconds after which a client would try again."""
        try:
            async with session.post(
                self._url, json=self._body, headers={"x-wait-for-model": "true"}
            ) as answer:
                await answer.read()
                pause = float(answer.headers.get("Retry-After", 1)) if answer.status in _MAY_PASS else None
                return str(answer.status), pause
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__, 0.5

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(timeout=_LIMIT, connector=aiohttp.TCPConnector(limit=0))
