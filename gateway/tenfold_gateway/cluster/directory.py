"""What the watches have seen, and the routes that follow from it."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pydantic

from tenfold_api import names
from tenfold_api.precedence import same_id
from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus
from tenfold_gateway.cluster import endpoints, known, standing
from tenfold_gateway.cluster.known import Known
from tenfold_gateway.cluster.standing import Loading
from tenfold_gateway.cluster.watch import Key, Raw, key
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.history import Load
from tenfold_gateway.routes import Replica, Route, RouteTable

log = logging.getLogger(__name__)

Place: TypeAlias = tuple[str, str]
"""Where a model's EndpointSlices are found: the namespace, and the value of the model label."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where one watch puts what it sees."""

    put: Callable[[Raw], None]
    remove: Callable[[Key], None]


class Directory:
    """Keeps the route table. Every event touches the routes of one model id, and no other."""

    def __init__(
        self, table: RouteTable, book: LoadBook, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._table = table
        self._book = book
        self._clock = clock
        self._models: dict[Key, Known] = {}
        self._rivals: defaultdict[str, set[Key]] = defaultdict(set)
        self._served: dict[str, Known] = {}
        self._slices: defaultdict[Place, dict[Key, Raw]] = defaultdict(dict)
        self._place_of: dict[Key, Place] = {}
        self._loads: dict[Key, Loading] = {}
        self.models = Into(self._put_model, self._remove_model)
        self.slices = Into(self._put_slice, self._remove_slice)
        self.complete = False
        """Set by the owner when everything was seen once: loads that begin from then on are seen whole."""

    def served(self, model_id: str) -> Known | None:
        """Give the resource that stands behind a model id."""
        found = self._served.get(same_id(model_id))
        return found if found and found.model_id == model_id else None

    def _put_model(self, raw: Raw) -> None:
        if not known.may_be_known(raw):
            return self._remove_model(key(raw))
        try:
            model = known.parse(raw)
        except pydantic.ValidationError as error:  # what serves goes on serving
            return log.warning("Could not read InferenceModel %s/%s: %s", *key(raw), error)
        before = self._models.get(model.key)
        if before and before.model_id != model.model_id:
            self._remove_model(model.key)
        self._models[model.key] = model
        self._rivals[same_id(model.model_id)].add(model.key)
        self._update(same_id(model.model_id))
        return None

    def _remove_model(self, gone: Key) -> None:
        model = self._models.pop(gone, None)
        self._loads.pop(gone, None)
        if model:
            self._rivals[same_id(model.model_id)].discard(gone)
            self._update(same_id(model.model_id))

    def _put_slice(self, raw: Raw) -> None:
        place = raw["metadata"]["namespace"], raw["metadata"]["labels"][names.MODEL_LABEL]
        if self._place_of.get(key(raw), place) != place:
            self._remove_slice(key(raw))
        self._place_of[key(raw)] = place
        self._slices[place][key(raw)] = raw
        self._update_at(place)

    def _remove_slice(self, gone: Key) -> None:
        if place := self._place_of.pop(gone, None):
            del self._slices[place][gone]
            if not self._slices[place]:
                del self._slices[place]
            self._update_at(place)

    def _update_at(self, place: Place) -> None:
        models = [model for model in self._served.values() if _place(model) == place]
        for model in models:
            self._update(same_id(model.model_id))

    def _update(self, folded: str) -> None:
        """Make the table say of one id what follows from all that is known."""
        rivals = [self._models[each] for each in self._rivals[folded]]
        winner = min(rivals, key=lambda rival: rival.seniority, default=None)
        before = self._served.pop(folded, None)
        if before and (winner is None or winner.model_id != before.model_id):
            self._table.remove(before.model_id)
        if winner is None:
            del self._rivals[folded]
            return
        self._served[folded] = winner
        self._put(winner)

    def _put(self, model: Known) -> None:
        self._learn(model)
        before = self._table.get(model.model_id)
        route = self._route(model, before.status if before else None)
        if route != before:
            self._table.put(route)

    def _route(self, model: Known, told: RuntimeStatus | None) -> Route:
        replicas = endpoints.replicas(self._slices.get(_place(model), {}).values())
        failure = None if replicas else standing.failure(model.resource)
        status = self._status(model, replicas, failure)
        return Route(model.resource, replicas, told if told == status else status, failure)

    def _status(
        self, model: Known, replicas: tuple[Replica, ...], failure: Failure | None
    ) -> RuntimeStatus | None:
        if replicas:
            self._note(model)
            return standing.ready(model.resource.status)
        if model.is_asleep or failure:
            self._loads.pop(model.key, None)
            return None
        load = self._loads.get(model.key) or Loading(self._clock())
        self._loads[model.key] = load.at(standing.phase(model.resource), self._clock())
        return self._loads[model.key].status()

    def _note(self, model: Known) -> None:
        """Record a load that has just come to its end, unless it was under way when we began to look."""
        load = self._loads.pop(model.key, None)
        if load and self.complete:
            self._book.record(model.model_id, load.over(self._clock(), model.resource.status))

    def _learn(self, model: Known) -> None:
        """Take the last load's time from the status, where none was measured here."""
        told = model.resource.status
        if told and told.load_seconds and not self._book.history.of(model.model_id):
            load = Load(cached=True, seconds={LoadPhase.START: told.load_seconds})
            self._book.history = self._book.history.with_load(model.model_id, load)


def _place(model: Known) -> Place:
    return model.key.namespace, model.label
