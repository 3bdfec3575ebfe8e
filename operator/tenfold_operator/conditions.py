"""The five conditions: each says one thing about a situation, in a fixed word and in a sentence. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from tenfold_operator.reasons import PHASES, Reason
from tenfold_operator.situation import Situation

_CHECKING = (Reason.CHECKING, "the hub is being asked whether the model can be loaded")

Type = Literal["Accepted", "Available", "Progressing", "Degraded", "Optimized"]
Truth = Literal["True", "False", "Unknown"]


class Fact(NamedTuple):
    """A condition without its history."""

    type: Type
    status: Truth
    reason: str
    message: str


def facts(situation: Situation) -> tuple[Fact, ...]:
    """Give what holds now, in the order in which a person asks."""
    return (
        accepted(situation),
        available(situation),
        progressing(situation),
        degraded(situation),
        optimized(situation),
    )


def accepted(situation: Situation) -> Fact:
    refusal = situation.refusal
    if refusal is not None:
        return Fact("Accepted", "False", refusal.reason, refusal.message)
    if situation.checking:
        return Fact("Accepted", "Unknown", *_CHECKING)
    found = f"; {situation.found}" if situation.found else ""
    return Fact("Accepted", "True", Reason.ACCEPTED, f"the spec is valid and its modelId is free{found}")


def available(situation: Situation) -> Fact:
    """Say whether any pod can answer: pods alone decide, and nothing that was promised."""
    if situation.ready:
        return Fact("Available", "True", Reason.SERVING, "requests are answered")
    return Fact("Available", "False", *_absence(situation))


def _absence(situation: Situation) -> tuple[str, str]:
    """Say why no pod can answer."""
    if situation.refusal is not None:
        return Reason.NOT_ACCEPTED, "see condition Accepted"
    if situation.checking and not situation.pods:
        return _CHECKING
    if situation.asleep:
        return Reason.SLEEPING, "the next request wakes the model"
    problem = situation.problem
    return (problem.reason, problem.message) if problem else _progress(situation)


def _progress(situation: Situation) -> tuple[str, str]:
    if situation.loading is not None:
        return PHASES[situation.loading.phase]
    if situation.loaded is not None:
        return Reason.WARMING_UP, "the model is loaded, and its pod is about to be found ready"
    if any(pod.scheduled for pod in situation.pods):
        return Reason.STARTING, "the pod's image is being pulled and its container started"
    return Reason.SCHEDULING, "a pod is being placed on a node"


def progressing(situation: Situation) -> Fact:
    if situation.refusal is not None:
        return Fact("Progressing", "False", Reason.NOT_ACCEPTED, "see condition Accepted")
    if situation.stage.comparing:
        message = "a replica of the change is compared with what serves"
        return Fact("Progressing", "True", Reason.COMPARING, message)
    if situation.settled:
        return Fact("Progressing", "False", Reason.SETTLED, "all replicas serve the spec as it is")
    if situation.ready and len(situation.pods) != situation.asked.replicas:
        message = f"on the way to {situation.asked.replicas} replicas"
        return Fact("Progressing", "True", Reason.SCALING, message)
    if situation.ready:
        return Fact("Progressing", "True", Reason.ROLLING_OUT, "replicas are being replaced")
    return Fact("Progressing", "False" if _is_stuck(situation) else "True", *_absence(situation))


def _is_stuck(situation: Situation) -> bool:
    return situation.problem is not None and situation.problem.final


def degraded(situation: Situation) -> Fact:
    problem = situation.problem
    if problem is not None:
        return Fact("Degraded", "True", problem.reason, problem.message)
    return Fact("Degraded", "False", Reason.HEALTHY, "no pod has a problem")


def optimized(situation: Situation) -> Fact:
    loaded = situation.loaded
    if loaded is None:
        return Fact("Optimized", "Unknown", Reason.NOT_KNOWN, "no runtime has loaded the model yet")
    if loaded.drift is not None and loaded.drift > situation.asked.max_drift:
        message = f"the fast form drifts by {loaded.drift:.3f}, above maxDrift {situation.asked.max_drift:g}"
        return Fact("Optimized", "False", Reason.DRIFT_EXCEEDED, message)
    if (loaded.status.compute_type or "").endswith("+optimized"):
        return Fact("Optimized", "True", Reason.OPTIMIZED, "an optimized graph serves")
    return Fact("Optimized", "False", Reason.NOT_OPTIMIZED, "the model is served as it was published")


def merged(
    held: Iterable[Fact], before: Iterable[Mapping[str, Any]], generation: int, now: str
) -> list[dict[str, Any]]:
    """Give the conditions as they are stored. The time of a transition stays while the status does."""
    old = {condition["type"]: condition for condition in before}
    return [_condition(fact, old.get(fact.type, {}), generation, now) for fact in held]


def _condition(fact: Fact, before: Mapping[str, Any], generation: int, now: str) -> dict[str, Any]:
    since = before.get("lastTransitionTime", now) if before.get("status") == fact.status else now
    return {
        "type": fact.type,
        "status": fact.status,
        "reason": str(fact.reason),
        "message": fact.message,
        "observedGeneration": generation,
        "lastTransitionTime": since,
    }
