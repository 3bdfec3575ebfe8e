"""Where each model answers now. A backend writes the table, the request path reads it.

Two backends exist: child processes of `tenfold up`, and the EndpointSlices of a cluster. Both put immutable
routes into one `RouteTable`; nothing else in the gateway knows where replicas come from.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import Failure, RuntimeStatus


@dataclass(frozen=True, slots=True)
class Replica:
    """One runtime that answers."""

    url: str
    """Its origin, as `http://127.0.0.1:41234`."""


@dataclass(frozen=True, slots=True)
class Route:
    """A model and what is known of its replicas at one moment."""

    model: InferenceModel
    replicas: tuple[Replica, ...] = ()
    """The replicas that are ready."""
    status: RuntimeStatus | None = None
    """What the newest replica last said of itself; None while the model sleeps or has not started."""
    failure: Failure | None = None
    """Why the model can never load."""

    @property
    def model_id(self) -> str:
        return self.model.model_id

    @property
    def settled(self) -> bool:
        """Whether waiting is over: the model answers, or it never will."""
        return bool(self.replicas) or self.failure is not None


def most_bytes(route: Route) -> int:
    """Give the most bytes that a body may have."""
    return route.model.spec.limits.max_body_bytes.bytes


def seconds_to_begin(route: Route) -> float:
    """Give the seconds within which an answer must begin."""
    return route.model.spec.limits.timeout.seconds


class Waker(Protocol):
    """How a sleeping model is woken: a spawn, or a PATCH of the scale subresource."""

    async def wake(self, model_id: str) -> None:
        """Make sure that at least one replica of the model is on its way. Doing it twice does it once."""


class RouteTable:
    """Routes by model id, and a way to wait for a change of one."""

    def __init__(self) -> None:
        self._routes: dict[str, Route] = {}
        self._changed: dict[str, asyncio.Event] = {}
        self._told: dict[str, float] = {}
        self._used: dict[str, float] = {}

    def __iter__(self) -> Iterator[Route]:
        return iter(tuple(self._routes.values()))

    def get(self, model_id: str) -> Route | None:
        return self._routes.get(model_id)

    def status_age(self, model_id: str) -> float:
        """Give the seconds since the status in the model's route was new."""
        return time.monotonic() - self._told[model_id]

    def mark_used(self, model_id: str) -> None:
        """Note that a request for the model has arrived."""
        self._used[model_id] = time.monotonic()

    def idle_seconds(self, model_id: str) -> float:
        """Give the seconds since the last request for the model, or since it was first put here."""
        return time.monotonic() - self._used[model_id]

    def put(self, route: Route) -> None:
        before = self.get(route.model_id)
        if before is None or before.status is not route.status:
            self._told[route.model_id] = time.monotonic()
        self._used.setdefault(route.model_id, time.monotonic())
        self._routes[route.model_id] = route
        self._announce(route.model_id)

    def remove(self, model_id: str) -> None:
        self._routes.pop(model_id, None)
        self._told.pop(model_id, None)
        self._used.pop(model_id, None)
        self._announce(model_id)

    def _announce(self, model_id: str) -> None:
        if event := self._changed.pop(model_id, None):
            event.set()

    async def wait(
        self, model_id: str, until: Callable[[Route | None], bool], seconds: float
    ) -> Route | None:
        """Give the model's route as soon as `until` holds of it, or as it is when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while not until(self.get(model_id)):
                    await self._changed.setdefault(model_id, asyncio.Event()).wait()
        except TimeoutError:
            pass
        return self.get(model_id)
