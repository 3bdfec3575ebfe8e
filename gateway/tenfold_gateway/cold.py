"""What happens to a request whose model is not ready: it waits, or hears when to come back."""

import math
from dataclasses import dataclass
from typing import Any

from tenfold_api import clients, names
from tenfold_gateway.asked import Asked
from tenfold_gateway.asked import options as options_in
from tenfold_gateway.errors import Loading, NeverLoads, NotLoadedYet, UnknownModel
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.holding import Comebacks, WaitingRoom
from tenfold_gateway.routes import Route, RouteTable
from tenfold_gateway.settings import ColdStart, Settings
from tenfold_gateway.waking import Waking

_FALSE = frozenset({"", "0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants of a model that is not ready."""

    wake: bool = True
    patience: float = 0.0
    """Seconds that the caller waits; 0 for an answer at once."""


def wish(asked: Asked, settings: Settings) -> Wish:
    options = options_in(asked.body)
    if options.get("dont_load_model") is True or asked.header(names.LOAD_MODEL).lower() in {"0", "false"}:
        return Wish(wake=False)
    return Wish(patience=_patience(asked, options, settings))


def _patience(asked: Asked, options: dict[str, Any], settings: Settings) -> float:
    own = _seconds(asked.header(names.SCALE_UP_TIMEOUT))
    if own is not None:
        return min(own, settings.hold_timeout)
    waits = _asks_to_wait(asked, options) or _waits_by_default(asked, settings.cold_start)
    return settings.hold_timeout if waits else 0.0


def _asks_to_wait(asked: Asked, options: dict[str, Any]) -> bool:
    said = asked.header(names.WAIT_FOR_MODEL).lower()
    return said not in _FALSE or options.get("wait_for_model") is True


def _waits_by_default(asked: Asked, cold_start: ColdStart) -> bool:
    if cold_start is ColdStart.AUTO:
        return clients.cannot_wait(clients.parse(asked.header("user-agent")))
    return cold_start is ColdStart.ALWAYS


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


class Cold:
    """Wakes the model and lets callers wait for it, or sends them away with an estimate."""

    def __init__(
        self, table: RouteTable, waking: Waking, room: WaitingRoom, book: LoadBook, settings: Settings
    ) -> None:
        self._table = table
        self._waking = waking
        self._room = room
        self._book = book
        self._settings = settings
        self._comebacks = Comebacks(settings.comeback)

    async def awaited(self, asked: Asked) -> Route:
        """Give the model's route once it has replicas, or raise what the caller hears instead."""
        route = self._table.get(asked.model_id)
        if route is None or route.settled:
            return self._ready(route, asked)
        wanted = wish(asked, self._settings)
        if not wanted.wake:
            raise NotLoadedYet
        self._waking.nudge(asked.model_id)
        patience = self._patience(asked, wanted)
        return self._ready(await self._held(asked, patience) if patience else route, asked)

    def _patience(self, asked: Asked, wanted: Wish) -> float:
        if not self._room.has_place(len(asked.body)):
            return 0.0
        if wanted.patience or not self._comebacks.is_back(asked):
            return wanted.patience
        return self._settings.hold_timeout

    async def _held(self, asked: Asked, seconds: float) -> Route | None:
        with self._room.place(asked):
            route = await self._table.wait(asked.model_id, _is_over, seconds)
        if not _is_over(route):
            self._comebacks.expect(asked)
        return route

    def _ready(self, route: Route | None, asked: Asked) -> Route:
        if route is None:
            raise UnknownModel(asked.model_id)
        if route.replicas:
            return route
        if route.failure:
            raise NeverLoads(route.failure)
        raise Loading(route.model_id, self.seconds_left(route))

    def seconds_left(self, route: Route) -> float:
        """Estimate the time until the model answers."""
        told = self._table.status_age(route.model_id) if route.status else self._waking.age(route.model_id)
        return self._book.seconds_left(route.model_id, route.status, told)


def _is_over(route: Route | None) -> bool:
    return route is None or route.settled
