"""When something happens: kopf calls these, and all they do is to keep what was seen and ask for a look."""

from collections.abc import Mapping
from typing import Any

import kopf

from tenfold_operator import conflicts, model, names, pods, reconcile, world
from tenfold_operator.census import CHILDREN, MODELS, PODS
from tenfold_operator.context import Context
from tenfold_operator.model import Key
from tenfold_operator.pods import Pod
from tenfold_operator.world import Place, World

Raw = Mapping[str, Any]


def register(registry: kopf.OperatorRegistry) -> None:
    """Tell kopf of every handler. Nothing here makes kopf write to a resource: only levels, no edges."""
    kopf.on.login(registry=registry)(login)
    kopf.on.startup(registry=registry)(start)
    kopf.on.cleanup(registry=registry)(stop)
    kopf.index(*MODELS, id="models", registry=registry)(index_model)
    kopf.index(*MODELS, id="rivals", registry=registry)(index_rival)
    kopf.on.event(*MODELS, registry=registry)(model_changed)
    kopf.index(*PODS, id="pods", registry=registry, labels=_OURS)(index_pod)
    kopf.on.event(*PODS, registry=registry, labels=_OURS)(child_changed)
    for kind in CHILDREN:
        kopf.index(*kind, id="children", registry=registry, labels=_OURS)(index_child)
        kopf.on.event(*kind, registry=registry, labels=_OURS)(child_changed)


_OURS = {names.MODEL_LABEL: kopf.PRESENT}


# Added to the time that the API server was asked to keep a watch open.
_GRACE = 10.0
# Seconds between tries while the API server is away: no pause is long, for its return is not told.
_TRIES = (0.5, 1, 2, 4, *[8] * 6)


def settings(watch_seconds: int) -> kopf.OperatorSettings:
    """Watch only what is ours, and leave no trace of kopf's own on any resource."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.scanning.disabled = True
    chosen.networking.enforce_retry_after = True
    chosen.networking.error_backoffs = _TRIES
    chosen.watching.connect_timeout = 10
    chosen.watching.server_timeout = watch_seconds
    chosen.watching.inactivity_timeout = watch_seconds + _GRACE
    for kind in (PODS, *CHILDREN):
        chosen.watching.label_selectors[kind] = names.MODEL_LABEL
    return chosen


def login(**facts: Any) -> kopf.ConnectionInfo | None:
    """Find the API server without the synchronous client, which would take memory for nothing."""
    return kopf.login_with_service_account(**facts) or kopf.login_with_kubeconfig(**facts)


async def start(memo: Context, **indices: Any) -> None:
    seen = World(*(indices[name] for name in ("models", "rivals", "children", "pods")))
    memo.metrics.count_models(lambda: len(seen.models))
    memo.queue.start(lambda key: reconcile.look(key, seen, memo))
    memo.scaling.start(seen)
    memo.census.start(seen)


async def stop(memo: Context, **_: Any) -> None:
    await memo.census.stop()
    await memo.scaling.stop()
    await memo.queue.stop()
    if memo.inquiries is not None:
        await memo.inquiries.stop()
    if memo.trials is not None:
        await memo.trials.stop()


def index_model(body: Raw, **_: Any) -> dict[Place, Any]:
    return {world.place(model.key(body)): world.slim(body)}


def index_rival(body: Raw, **_: Any) -> dict[str, Key]:
    return {_id(body): model.key(body)}


def index_child(body: Raw, **_: Any) -> dict[Place, Any]:
    return {world.place_of(body): world.slim(body)}


def index_pod(body: Raw, **_: Any) -> dict[Place, Pod]:
    pod = pods.parse(body)
    return {} if pod is None else {world.place_of(body): pod}


async def model_changed(type: str | None, body: Raw, memo: Context, **indices: Any) -> None:  # noqa: A002
    """Look at the model, and at those that may now be served instead of it, or no longer."""
    _noticed(type, memo)
    memo.queue.add(model.key(body))
    for rival in indices["rivals"].get(_id(body), ()):
        memo.queue.add(rival)


async def child_changed(type: str | None, body: Raw, memo: Context, **indices: Any) -> None:  # noqa: A002
    """Look at the model of a child or pod; where there is none any more, the garbage collector is at work."""
    _noticed(type, memo)
    for owner in indices["models"].get(world.place_of(body), ()):
        memo.queue.add(model.key(owner))


def _noticed(type_: str | None, memo: Context) -> None:
    """Have all counted after a list, whose objects come without a type: it does not tell what went."""
    if type_ is None:
        memo.census.ask()


def _id(body: Raw) -> str:
    return conflicts.same_id(model.id_of(body))
