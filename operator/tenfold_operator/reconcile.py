"""One look at one InferenceModel: whatever brought it about, afterwards the cluster is as the spec asks.

A look may be cut anywhere, by a crash or an error; the next one finishes what it began.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tenfold_api.spec import Engine
from tenfold_operator import conflicts, model, names, resources
from tenfold_operator.context import Context
from tenfold_operator.errors import ClusterError, Gone, InvalidModel, Refused
from tenfold_operator.model import Key, Model
from tenfold_operator.plan import Plan, plan
from tenfold_operator.pods import Pod, given_up, patience_left
from tenfold_operator.preflight.check import UNASKED, Check, check
from tenfold_operator.reasons import Problem, Reason
from tenfold_operator.reports import Report
from tenfold_operator.scaling.sleep import rest
from tenfold_operator.situation import Asked, Situation
from tenfold_operator.status import status
from tenfold_operator.transitions import Transition, transitions
from tenfold_operator.world import World, is_going

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]

# A quota, a policy or a role may change, and no watch tells of it.
_TRY_REFUSED_AGAIN = 60.0


@dataclass(frozen=True)
class Verdict:
    """What is to become of a resource."""

    asked: Asked
    plan: Plan
    refusal: Problem | None = None
    check: Check = UNASKED
    """What the hub says of the model."""
    accepted: Model | None = None
    """The model, where it is accepted."""

    @property
    def speaks(self) -> bool:
        """Whether its pods can be asked how they are: Tenfold's own runtimes can."""
        return self.accepted is not None and self.accepted.spec.engine is not Engine.CUSTOM


async def look(key: Key, world: World, context: Context) -> float | None:
    """Look at the model; give the seconds until it should be looked at again."""
    raw = world.model(key)
    if raw is None or is_going(raw):
        context.reports.forget(str(key))
        return None
    verdict = judge(raw, world, context)
    refused = await _carried_out(verdict.plan, context)
    pods, patience = _awaited(world.pods_of(key), context)
    reports = await context.reports.of(str(key), pods) if verdict.speaks else ()
    await _tell(raw, _situation(verdict, refused, _deployment(raw, world), pods, reports), context)
    times = (
        context.settings.probe_seconds if _wants_news(verdict, pods, reports) else None,
        _TRY_REFUSED_AGAIN if refused else patience,
        await _rested(verdict, raw, context),
    )
    return min((seconds for seconds in times if seconds is not None), default=None)


def judge(raw: Raw, world: World, context: Context) -> Verdict:
    """Decide what is to be written. Pure, apart from what the world is when it is called."""
    there = world.children_of(model.key(raw), raw["metadata"]["uid"])
    try:
        subject = model.parse(raw)
    except InvalidModel as error:  # what serves goes on serving
        return Verdict(_asked_at_least(raw), Plan(), Problem(Reason.INVALID_SPEC, str(error)))
    asked = _asked(subject, context)
    winner = conflicts.served(world.rivals_of(subject))
    if winner.key != subject.key:
        return Verdict(asked, plan((), there), _conflict(winner))
    wanted = resources.children(subject, context.settings)
    checked = check(subject, wanted, there, context.inquiries) if context.inquiries else Check(found="")
    todo = plan(wanted, there) if checked.passed else Plan()
    return Verdict(asked, todo, checked.refusal, checked, accepted=subject)


def _situation(
    verdict: Verdict,
    refused: Problem | None,
    deployment: Raw,
    pods: tuple[Pod, ...],
    reports: tuple[Report, ...],
) -> Situation:
    return Situation(
        verdict.asked,
        refused or verdict.refusal,
        checking=verdict.check.is_open,
        found=verdict.check.found,
        deployment=deployment,
        pods=pods,
        reports=reports,
    )


def _conflict(winner: Model) -> Problem:
    message = f"{winner.key}, which is older, serves modelId {winner.model_id}; give this one another modelId"
    return Problem(Reason.MODEL_ID_CONFLICT, message)


def _asked(subject: Model, context: Context) -> Asked:
    return Asked(
        generation=subject.generation,
        replicas=subject.spec.replicas,
        selector=_selector(subject.key),
        url=f"{context.settings.url.rstrip('/')}/models/{subject.model_id}",
        max_drift=subject.spec.optimization.max_drift,
        model_id=subject.model_id,
    )


def _asked_at_least(raw: Raw) -> Asked:
    """Give what can be said of a spec that cannot be read."""
    replicas = raw.get("spec", {}).get("replicas", 1)
    known = replicas if isinstance(replicas, int) else 1
    return Asked(model.generation(raw), known, _selector(model.key(raw)))


def _selector(key: Key) -> str:
    return ",".join(f"{name}={value}" for name, value in names.selector(key.name).items())


async def _carried_out(todo: Plan, context: Context) -> Problem | None:
    """Write what is to be written; give what the API server would not have."""
    try:
        for manifest in todo.apply:
            await context.cluster.apply(manifest)
            log.info("Applied %s %s", manifest["kind"], _full_name(manifest))
        await _deleted(todo, context)
    except Refused as error:
        return Problem(Reason.REFUSED, str(error))
    except Gone as error:
        raise ClusterError(f"there is no place for it: {error}") from error
    return None


async def _deleted(todo: Plan, context: Context) -> None:
    for child in todo.delete:
        await context.cluster.delete(child)
        log.info("Deleted %s %s", child["kind"], _full_name(child))


def _full_name(manifest: Raw) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"


def _deployment(raw: Raw, world: World) -> Raw:
    there = world.children_of(model.key(raw), raw["metadata"]["uid"])
    return next((child for child in there if child["kind"] == "Deployment"), {})


def _awaited(pods: tuple[Pod, ...], context: Context) -> tuple[tuple[Pod, ...], float | None]:
    """Give the pods, given up where they waited too long for a node, and the seconds until the next is."""
    now, limit = context.clock(), context.settings.runtime.schedule_seconds
    left = {pod: patience_left(pod, now, limit) for pod in pods}
    judged = tuple(given_up(pod) if seconds == 0 else pod for pod, seconds in left.items())
    return judged, min((seconds for seconds in left.values() if seconds), default=None)


async def _tell(raw: Raw, situation: Situation, context: Context) -> None:
    """Write the status where it differs from what is stored, and an Event for each transition."""
    before = raw.get("status", {})
    after = status(situation, before, context.clock())
    if after == before:
        return
    key, uid = model.key(raw), raw["metadata"]["uid"]
    try:
        await context.cluster.set_status(key, uid, after)
    except Gone:
        return
    except Refused as error:
        raise ClusterError(f"status was refused: {error}") from error
    await _announced(key, uid, transitions(before, after), context)


async def _announced(key: Key, uid: str, news: Iterable[Transition], context: Context) -> None:
    """Record Events. They are not levels: one that cannot be recorded now is not made up for."""
    for transition in news:
        try:
            await context.cluster.tell(key, uid, transition, context.clock())
        except (ClusterError, Refused, Gone) as error:
            log.warning("Could not record that %s is %s: %s", key, transition.reason, error)


async def _rested(verdict: Verdict, raw: Raw, context: Context) -> float | None:
    """Put the model to sleep if its time has come; give the seconds until it may have."""
    if verdict.accepted is None:
        return None
    return await rest(verdict.accepted, raw, context.clock(), context.scaling.loads, context.cluster)


def _wants_news(verdict: Verdict, pods: tuple[Pod, ...], reports: tuple[Report, ...]) -> bool:
    """Tell whether a runtime is loading: how far it is shows nowhere in the cluster."""
    if not verdict.speaks or not any(pod.running and not pod.ready for pod in pods):
        return False
    return not reports or any(not report.is_last for report in reports)
