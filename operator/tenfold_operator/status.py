"""The status of an InferenceModel, from what is known of it and from the status that it had. Pure."""

from collections.abc import Mapping
from typing import Any

from tenfold_api.status import Phase
from tenfold_operator import conditions
from tenfold_operator.conditions import Fact
from tenfold_operator.reasons import Reason
from tenfold_operator.reports import Report
from tenfold_operator.situation import Situation

_LEARNT = ("task", "revision", "computeType", "speedup", "drift", "loadSeconds")


def status(situation: Situation, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """Give the whole status, as it is stored. It is equal to `before` when nothing has changed."""
    asked = situation.asked
    fields = {
        "phase": phase(situation).value,
        "observedGeneration": asked.generation,
        "replicas": len(situation.pods),
        "readyReplicas": situation.ready,
        "ready": f"{situation.ready}/{asked.replicas}",
        "selector": asked.selector,
        "modelId": asked.model_id or before.get("modelId"),
        "url": asked.url or before.get("url"),
        "rolloutDrift": _rollout_drift(situation, before),
        **_learnt(situation.loaded, before),
        "conditions": _conditions(situation, before, now),
    }
    return {name: value for name, value in fields.items() if value is not None}


def phase(situation: Situation) -> Phase:
    """Say in one word where the model stands."""
    problem = situation.problem
    if situation.ready:
        return Phase.READY
    if situation.refusal is not None:
        return Phase.FAILED
    if situation.asleep:
        return Phase.SLEEPING
    if problem is not None and problem.final:
        return Phase.FAILED
    return Phase.LOADING if any(pod.running for pod in situation.pods) else Phase.PENDING


def _conditions(situation: Situation, before: Mapping[str, Any], now: str) -> list[dict[str, Any]]:
    old = before.get("conditions") or []
    held = [_remembered(fact, old, situation) for fact in conditions.facts(situation)]
    return conditions.merged(held, old, situation.asked.generation, now)


def _remembered(fact: Fact, before: list[Mapping[str, Any]], situation: Situation) -> Fact:
    """Keep what was once learnt of the model while no runtime or hub is asked to say it again."""
    old = next((each for each in before if each["type"] == fact.type), None)
    is_said_before = old is not None and old["reason"] == fact.reason and situation.found is None
    if old and (fact.reason == Reason.NOT_KNOWN or (fact.reason == Reason.ACCEPTED and is_said_before)):
        return Fact(fact.type, old["status"], old["reason"], old["message"])
    return fact


def _rollout_drift(situation: Situation, before: Mapping[str, Any]) -> str | None:
    drift = situation.stage.drift
    return before.get("rolloutDrift") if drift is None else f"{drift:.4f}"


def _learnt(loaded: Report | None, before: Mapping[str, Any]) -> dict[str, Any]:
    """Give what only a runtime can know, or what was known before."""
    if loaded is None:
        return {name: before.get(name) for name in _LEARNT}
    known = loaded.status
    return {
        "task": known.task.value if known.task else None,
        "revision": known.revision,
        "computeType": known.compute_type,
        "speedup": None if loaded.speedup is None else f"{loaded.speedup:.1f}x",
        "drift": None if loaded.drift is None else f"{loaded.drift:.4f}",
        "loadSeconds": None if known.load_seconds is None else round(known.load_seconds, 1),
    }
