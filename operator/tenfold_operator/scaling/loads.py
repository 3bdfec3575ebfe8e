"""How many requests each model has, over all gateways: a mean of samples, or an admission that it is unknown.

A gateway that must be heard and is not makes everything unknown. What it has could only be guessed, and a
guess that is too low would take replicas away from requests that are there.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

from tenfold_api.load import GatewayLoad
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.scaling.gateways import Gateway

log = logging.getLogger(__name__)

Find = Callable[[], Awaitable[tuple[Gateway, ...]]]
Ask = Callable[[Gateway], Awaitable[GatewayLoad | None]]


class Unknown(Exception):
    """The number cannot be told now; the message says why."""


class Sample(NamedTuple):
    """What one gateway told."""

    at: float
    """By the monotonic clock, in seconds."""
    load: GatewayLoad

    def requests(self, model_id: str) -> int:
        """Give the requests for a model; one that the gateway does not know has none there."""
        told = self.load.models.get(model_id)
        return told.requests if told else 0

    def idle(self, model_id: str) -> float:
        """Give the seconds since the model's last request; a gateway that does not know it cannot say."""
        told = self.load.models.get(model_id)
        return told.idle if told and not told.requests else 0.0


class Loads:
    """The samples of the last seconds, by gateway."""

    def __init__(
        self, find: Find, ask: Ask, window: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`window` is the time over which requests are averaged, in seconds."""
        self._find = find
        self._ask = ask
        self._window = window
        self._clock = clock
        self._gateways: tuple[Gateway, ...] = ()
        self._samples: dict[str, deque[Sample]] = {}

    async def follow(self, every: float, wanted: Callable[[], bool]) -> None:
        """Ask the gateways again and again, whenever someone wants to know."""
        while True:
            if wanted():
                await self.refresh()
            await asyncio.sleep(every)

    async def refresh(self) -> None:
        """Ask every gateway once."""
        await self._look_for_gateways()
        answers = await asyncio.gather(*map(self._ask, self._gateways))
        now = self._clock()
        known = {each.url: self._samples.get(each.url, deque()) for each in self._gateways}
        for gateway, load in zip(self._gateways, answers, strict=True):
            if load is not None:
                known[gateway.url].append(Sample(now, load))
        self._samples = known

    def concurrency(self, model_id: str) -> float:
        """Give the mean number of requests in flight and waiting. Raises Unknown."""
        return sum(_mean(each.requests(model_id) for each in samples) for samples in self._recent())

    def idle(self, model_id: str) -> float:
        """Give the time for which no gateway had a request, in seconds. Raises Unknown."""
        return min(samples[-1].idle(model_id) for samples in self._recent())

    async def _look_for_gateways(self) -> None:
        """Those that were known serve on while the API server is away."""
        try:
            self._gateways = await self._find()
        except (ClusterError, Refused, Gone) as error:
            log.warning("Could not look for gateways, asking those that are known: %s", error)

    def _recent(self) -> list[deque[Sample]]:
        """Give the samples of each gateway that has any, all of them within the window."""
        since = self._clock() - self._window
        for samples in self._samples.values():
            while samples and samples[0].at < since:
                samples.popleft()
        if silent := [each.url for each in self._gateways if each.serves and not self._samples[each.url]]:
            raise Unknown(f"no word within {self._window:g} s from the gateway at {', '.join(silent)}")
        if not any(self._samples.values()):
            raise Unknown("no gateway was found")
        return [samples for samples in self._samples.values() if samples]


def _mean(numbers: Iterable[int]) -> float:
    counted = list(numbers)
    return sum(counted) / len(counted)
