"""How far a change of a model's pods has come, where the spec asks for it to be compared first."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tenfold_api.spec import Engine
from tenfold_operator.compare import meets
from tenfold_operator.model import Model
from tenfold_operator.pods import Pod
from tenfold_operator.reasons import Problem, Reason
from tenfold_operator.resources import Manifest
from tenfold_operator.resources.deployment import template_of
from tenfold_operator.rollout.trials import Result, Trials


@dataclass(frozen=True)
class Stage:
    """Where a change stands."""

    is_held: bool = False
    """Whether what serves stays as it is."""
    comparing: bool = False
    """Whether a replica of the change is to be there beside what serves."""
    drift: float | None = None
    """What was measured of this change."""
    problem: Problem | None = None


DIRECT = Stage()
"""Of a change that is not compared, and of none at all."""


def stage(
    subject: Model,
    wanted: Iterable[Manifest],
    there: Iterable[Manifest],
    pods: tuple[Pod, ...],
    shadows: tuple[Pod, ...],
    trials: Trials,
) -> Stage:
    """Judge the change, and have it compared when both sides can answer."""
    before, after = template_of(there, subject.name), template_of(wanted, subject.name)
    if not _is_asked_for(subject) or not before or meets(before, after):
        return DIRECT
    rollout = subject.spec.rollout
    change = _hash([after, rollout.examples])
    result = trials.result(subject.key, change)
    if result is not None:
        return _judged(result, rollout.max_drift)
    serving, candidate = _ready(pods), _ready(shadows)
    if serving is None and not (pods and shadows):
        return DIRECT  # nothing serves that it could be compared with
    if serving and candidate:
        trials.begin(subject.key, change, serving, candidate, rollout.examples)
    return Stage(is_held=True, comparing=True, problem=_trouble(shadows))


def _is_asked_for(subject: Model) -> bool:
    return subject.spec.rollout.compare and subject.spec.engine is not Engine.CUSTOM


def _hash(change: Any) -> str:
    return hashlib.sha256(json.dumps(change, sort_keys=True).encode()).hexdigest()


def _ready(pods: tuple[Pod, ...]) -> Pod | None:
    return next((pod for pod in pods if pod.ready and pod.ip), None)


def _trouble(shadows: tuple[Pod, ...]) -> Problem | None:
    found = (pod.problem for pod in shadows if pod.problem is not None and not pod.ready)
    return next(found, None)


def _judged(result: Result, limit: float) -> Stage:
    if result.drift is None:
        message = "no example has an answer that can be compared: set rollout.examples, or compare: false"
        return Stage(is_held=True, problem=Problem(Reason.NOT_COMPARABLE, message))
    if result.drift <= limit:
        return Stage(drift=result.drift)
    message = (
        f"the change's answers differ by {result.drift:.3f} from those of what serves, above "
        f"rollout.maxDrift {limit:g}: what serves stays"
    )
    return Stage(is_held=True, drift=result.drift, problem=Problem(Reason.ROLLOUT_DRIFTED, message))
