"""What a model's HorizontalPodAutoscaler says of itself, as far as status needs it. Pure."""

from collections.abc import Mapping
from typing import Any

from tenfold_operator.clock import seconds_between
from tenfold_operator.reasons import Problem, Reason

Raw = Mapping[str, Any]

# Two of the autoscaler's rounds see nothing while pods or gateways are replaced.
_PATIENCE = 60.0


def trouble(autoscaler: Raw, model: Raw, now: str) -> tuple[Problem | None, float | None]:
    """Give what keeps the replicas of a model that answers from following its load, once that has lasted.

    The second is the seconds until then, where it has not. None and None where nothing is wrong.
    """
    scaling = _condition(autoscaler, "ScalingActive")
    serving = _condition(model, "Available")
    if not _is_inactive(scaling) or serving.get("status") != "True":
        return None, None
    since = max(scaling["lastTransitionTime"], serving["lastTransitionTime"])
    left = min(_PATIENCE, _PATIENCE - seconds_between(since, now))
    return (None, left) if left > 0 else (_problem(scaling), None)


def _is_inactive(scaling: Raw) -> bool:
    """At zero replicas the autoscaler is disabled, which is as it should be."""
    return scaling.get("status") == "False" and scaling.get("reason") != "ScalingDisabled"


def _problem(scaling: Raw) -> Problem:
    message = f"replicas do not follow the load: {scaling.get('message', scaling.get('reason'))}"
    return Problem(Reason.SCALING_INACTIVE, message, final=False)


def _condition(raw: Raw, type_: str) -> Raw:
    conditions = raw.get("status", {}).get("conditions") or []
    return next((each for each in conditions if each["type"] == type_), {})
