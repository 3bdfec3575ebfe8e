"""A model's pod as status needs it: whether it answers, and if not, what keeps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tenfold_operator import names
from tenfold_operator.clock import seconds_between
from tenfold_operator.reasons import Problem, Reason

_PULLING = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
_CONFIGURATION = {"CreateContainerConfigError", "CreateContainerError", "RunContainerError"}


@dataclass(frozen=True)
class Pod:
    """One pod of a model."""

    name: str
    uid: str
    ip: str | None
    scheduled: bool
    running: bool
    ready: bool
    restarts: int
    problem: Problem | None
    """What keeps it from serving."""
    is_shadow: bool = False
    """Whether it is compared with those that serve, and serves nobody."""
    unplaced_since: str | None = None
    """RFC 3339: when the scheduler first found no node for it; None where it has not, or has one by now."""

    @property
    def start(self) -> str:
        """Name this start of the runtime: a container that restarts loads anew."""
        return f"{self.uid}/{self.restarts}"


def parse(raw: Mapping[str, Any]) -> Pod | None:
    """Give the pod, or None for one that is going or gone."""
    status = raw.get("status", {})
    if "deletionTimestamp" in raw["metadata"] or status.get("phase") in ("Succeeded", "Failed"):
        return None
    runtime = _runtime(status)
    return Pod(
        name=raw["metadata"]["name"],
        uid=raw["metadata"].get("uid", ""),
        ip=status.get("podIP"),
        scheduled="nodeName" in raw.get("spec", {}),
        running="running" in runtime.get("state", {}),
        ready=_holds(status, "Ready"),
        restarts=runtime.get("restartCount", 0),
        problem=next(_problems(status), None),
        is_shadow=raw["metadata"].get("labels", {}).get(names.COMPONENT_LABEL) == names.SHADOW,
        unplaced_since=_unplaced_since(status),
    )


def host(pod: Pod) -> str:
    """Give the pod's address as a URL has it."""
    return f"[{pod.ip}]" if ":" in (pod.ip or "") else str(pod.ip)


def patience_left(pod: Pod, now: str, seconds: float) -> float | None:
    """Give the seconds for which a node may still be on its way; None for a pod that waits for none."""
    if pod.unplaced_since is None:
        return None
    waited = max(0.0, seconds_between(pod.unplaced_since, now))  # our clock may be behind the scheduler's
    return max(0.0, seconds - waited)


def given_up(pod: Pod) -> Pod:
    """Give the pod as one for which no node will come."""
    return replace(pod, problem=replace(pod.problem, final=True) if pod.problem else None)


def _runtime(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what is known of the container that serves."""
    containers = status.get("containerStatuses", [])
    return next((each for each in containers if each.get("name") == names.CONTAINER), {})


def _holds(status: Mapping[str, Any], type_: str) -> bool:
    return _condition(status, type_).get("status") == "True"


def _condition(status: Mapping[str, Any], type_: str) -> Mapping[str, Any]:
    return next((each for each in status.get("conditions", []) if each["type"] == type_), {})


def _unplaced_since(status: Mapping[str, Any]) -> str | None:
    scheduled = _condition(status, "PodScheduled")
    return scheduled.get("lastTransitionTime") if _is_unplaced(scheduled) else None


def _is_unplaced(scheduled: Mapping[str, Any]) -> bool:
    return scheduled.get("reason") == "Unschedulable"


def _problems(status: Mapping[str, Any]) -> Iterator[Problem]:
    scheduled = _condition(status, "PodScheduled")
    if _is_unplaced(scheduled):
        message = scheduled.get("message", "no node takes the pod")
        yield Problem(Reason.UNSCHEDULABLE, message, final=False)  # a node may be on its way
    for container in (*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])):
        yield from _container_problems(container)


def _container_problems(container: Mapping[str, Any]) -> Iterator[Problem]:
    waiting = container.get("state", {}).get("waiting", {})
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    if reason in _PULLING:
        yield Problem(Reason.IMAGE_PULL, message or f"image {container.get('image')} cannot be pulled")
    elif reason in _CONFIGURATION:
        yield Problem(Reason.CANNOT_START, message or reason)
    elif not container.get("ready"):
        yield from _crashes(container, backing_off=reason == "CrashLoopBackOff")


def _crashes(container: Mapping[str, Any], *, backing_off: bool) -> Iterator[Problem]:
    """Being killed for memory tells at the first time; another end only when it comes again and again."""
    ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get("terminated")
    if ended and ended.get("reason") == "OOMKilled":
        yield Problem(Reason.OUT_OF_MEMORY, "the model needs more memory than spec.resources allows")
    elif backing_off:
        code = (ended or {}).get("exitCode", "unknown")
        times = f"{container.get('restartCount', 0)} times, with exit code {code}"
        yield Problem(Reason.CRASH_LOOP, f"container {container['name']} ended {times}; see its log")
