"""One look at one InferenceModel: whatever brought it about, afterwards the cluster is as the spec asks.

A look may be cut anywhere, by a crash or an error; the next one finishes what it began.
"""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tenfold_operator import autoscaling, model
from tenfold_operator.context import Context
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.model import Key
from tenfold_operator.plan import Plan
from tenfold_operator.pods import Pod, given_up, patience_left
from tenfold_operator.reasons import Problem, Reason
from tenfold_operator.reports import Report
from tenfold_operator.resources import Manifest
from tenfold_operator.resources.deployment import is_main
from tenfold_operator.scaling.sleep import rest
from tenfold_operator.situation import Situation
from tenfold_operator.status import status
from tenfold_operator.transitions import Transition, transitions
from tenfold_operator.verdict import Verdict, judge
from tenfold_operator.world import World, is_going

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]

# A quota, a policy or a role may change, and no watch tells of it.
_TRY_REFUSED_AGAIN = 60.0


async def look(key: Key, world: World, context: Context) -> float | None:
    """Look at the model; give the seconds until it should be looked at again."""
    raw = world.model(key)
    if raw is None or is_going(raw):
        _forget(key, context)
        return None
    verdict = judge(raw, world, context)
    refused, written = await _carried_out(verdict.plan, context)
    children = (*written, *world.children_of(key, raw["metadata"]["uid"]))
    pods, patience = _awaited(world.pods_of(key), context)
    scaling, doubt = autoscaling.trouble(_of_kind("HorizontalPodAutoscaler", children), raw, context.clock())
    asked = (*pods, *world.shadows_of(key))
    reports = await context.reports.of(str(key), asked) if verdict.speaks else ()
    situation = _situation(verdict, refused, _main(raw, children), pods, reports)
    await _tell(raw, replace(situation, scaling=scaling), context)
    times = (
        context.settings.probe_seconds if _wants_news(verdict, asked, reports) else None,
        _TRY_REFUSED_AGAIN if refused else patience,
        doubt,
        await _rested(verdict, raw, context),
    )
    return min((seconds for seconds in times if seconds is not None), default=None)


def _forget(key: Key, context: Context) -> None:
    context.reports.forget(str(key))
    if context.trials is not None:
        context.trials.forget(key)


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
        stage=verdict.stage,
        deployment=deployment,
        pods=pods,
        reports=reports,
    )


async def _carried_out(todo: Plan, context: Context) -> tuple[Problem | None, tuple[Manifest, ...]]:
    """Write what is to be written; give what the API server would not have, and what it has now.

    What is refused does not keep the rest from being written.
    """
    problems, written = [], []
    for manifest in todo.apply:
        try:
            written.append(await context.cluster.apply(manifest))
            log.info("Applied %s %s", manifest["kind"], _full_name(manifest))
        except Refused as error:
            problems.append(_refusal(manifest, error))
        except Gone as error:
            raise ClusterError(f"there is no place for it: {error}") from error
    problems += [problem async for problem in _deleted(todo, context)]
    return next(iter(problems), None), tuple(written)


async def _deleted(todo: Plan, context: Context) -> AsyncIterator[Problem]:
    for child in todo.delete:
        try:
            await context.cluster.delete(child)
            log.info("Deleted %s %s", child["kind"], _full_name(child))
        except Refused as error:
            yield _refusal(child, error)


def _refusal(manifest: Raw, error: Refused) -> Problem:
    return Problem(Reason.REFUSED, f"{manifest['kind']} {manifest['metadata']['name']}: {error}")


def _full_name(manifest: Raw) -> str:
    return f"{manifest['metadata']['namespace']}/{manifest['metadata']['name']}"


def _main(raw: Raw, children: Iterable[Manifest]) -> Raw:
    """Give the Deployment that serves: as it was just written rather than as a watch told earlier."""
    return next((child for child in children if is_main(child, raw["metadata"]["name"])), {})


def _of_kind(kind: str, children: Iterable[Manifest]) -> Raw:
    return next((child for child in children if child["kind"] == kind), {})


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
    """Tell whether a runtime is loading or compared: how far it is shows nowhere in the cluster."""
    if verdict.stage.comparing:
        return True
    if not verdict.speaks or not any(pod.running and not pod.ready for pod in pods):
        return False
    return not reports or any(not report.is_last for report in reports)
