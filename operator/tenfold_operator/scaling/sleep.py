"""Scale to zero: a model that nobody asks for goes to sleep, and the gateway wakes it."""

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from tenfold_operator.clock import seconds_between
from tenfold_operator.model import Key, Model
from tenfold_operator.scaling.loads import Unknown

log = logging.getLogger(__name__)

_UNTIL_NEXT_TRY = 15.0


class Idleness(Protocol):
    """Knows for how long a model has had no request."""

    async def refresh(self) -> None: ...

    def idle(self, model_id: str) -> float: ...


class Scaler(Protocol):
    """Sets replicas."""

    async def scale(self, model: Key, version: str, replicas: int) -> None: ...


async def rest(
    subject: Model, raw: Mapping[str, Any], now: str, loads: Idleness, cluster: Scaler
) -> float | None:
    """Put the model to sleep if its time has come; give the seconds until it may have, None for never.

    A model that is changed or woken meanwhile is left as it is: raises ClusterError then.
    """
    since = awake_since(subject, raw)
    if since is None:
        return None
    idle_after = subject.spec.autoscaling.idle_after.seconds
    left = idle_after - max(0.0, seconds_between(since, now))  # the clock may have been set back
    if left <= 0:
        left = await _left(subject, idle_after, loads)
    if left > 0:
        return left
    await cluster.scale(subject.key, raw["metadata"]["resourceVersion"], 0)
    log.info("Put %s to sleep: no request for %g s", subject.key, idle_after)
    return None


def awake_since(subject: Model, raw: Mapping[str, Any]) -> str | None:
    """Tell since when the model answers; None when it does not, or must not sleep."""
    if subject.spec.autoscaling.min_replicas > 0 or subject.spec.replicas == 0:
        return None
    conditions = raw.get("status", {}).get("conditions", [])
    since = (each["lastTransitionTime"] for each in conditions if _is_available(each))
    return next(since, None)


def _is_available(condition: Mapping[str, Any]) -> bool:
    return bool(condition["type"] == "Available" and condition["status"] == "True")


async def _left(subject: Model, idle_after: float, loads: Idleness) -> float:
    """Ask the gateways at the last moment: what one has, or does not tell, keeps the model awake."""
    await loads.refresh()
    try:
        return idle_after - loads.idle(subject.model_id)
    except Unknown as error:
        log.info("%s stays awake: %s", subject.key, error)
        return _UNTIL_NEXT_TRY
