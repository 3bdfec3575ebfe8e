"""All that is known of one InferenceModel at one moment: what status is made of. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenfold_api.progress import LoadPhase, RuntimeStatus, State
from tenfold_operator.pods import Pod
from tenfold_operator.reasons import Problem, Reason
from tenfold_operator.reports import Report
from tenfold_operator.rollout.stage import DIRECT, Stage

_ORDER = list(LoadPhase)
_DEPLOYMENT_PROBLEMS = {
    ("ReplicaFailure", "True"): Reason.CANNOT_CREATE_PODS,
    ("Progressing", "False"): Reason.PROGRESS_DEADLINE,
}


@dataclass(frozen=True)
class Asked:
    """What the spec asks for, as far as status speaks of it."""

    generation: int
    replicas: int
    selector: str
    url: str | None = None
    max_drift: float = 1.0
    model_id: str | None = None


@dataclass(frozen=True)
class Situation:
    """What is asked for, and what is there."""

    asked: Asked
    refusal: Problem | None = None
    """Why the resource is not accepted; None when it is."""
    checking: bool = False
    """Whether a hub is still being asked if the model can load."""
    found: str | None = None
    """What the hub said, as a sentence; None when it was not asked now."""
    stage: Stage = DIRECT
    """How far a change of the pods has come."""
    deployment: Mapping[str, Any] = field(default_factory=dict)
    """The Deployment as it is stored; {} when there is none."""
    pods: tuple[Pod, ...] = ()
    reports: tuple[Report, ...] = ()
    scaling: Problem | None = None
    """What keeps the replicas from following the load."""

    @property
    def ready(self) -> int:
        return sum(pod.ready for pod in self.pods)

    @property
    def asleep(self) -> bool:
        return self.asked.replicas == 0 and not self.ready

    @property
    def problem(self) -> Problem | None:
        """Give what keeps the model from serving as it should: the cause that says most comes first."""
        return next(self._problems(), None)

    @property
    def loaded(self) -> Report | None:
        """Give a report of a runtime that has loaded, if there is one."""
        return next((each for each in self.reports if each.status.state is State.READY), None)

    @property
    def loading(self) -> RuntimeStatus | None:
        """Give the account of the runtime that is furthest on its way."""
        under_way = [each.status for each in self.reports if each.status.state is State.LOADING]
        return max(under_way, key=lambda status: _ORDER.index(status.phase), default=None)

    @property
    def settled(self) -> bool:
        """Whether the pods are as many as asked for, all of the last template, and all ready."""
        status = self.deployment.get("status", {})
        is_seen = status.get("observedGeneration") == self.deployment.get("metadata", {}).get("generation")
        is_current = status.get("updatedReplicas", 0) == self.asked.replicas
        return is_seen and is_current and len(self.pods) == self.ready == self.asked.replicas

    def _problems(self) -> Iterator[Problem]:
        if self.stage.problem is not None:
            yield self.stage.problem
        for report in self.reports:
            if report.status.failure is not None:
                yield Problem(report.status.failure.reason, report.status.failure.message)
        for pod in self.pods:
            if pod.problem is not None and not pod.ready:
                yield pod.problem
        yield from self._deployment_problems()
        if self.scaling is not None:
            yield self.scaling

    def _deployment_problems(self) -> Iterator[Problem]:
        for condition in self.deployment.get("status", {}).get("conditions", []):
            reason = _DEPLOYMENT_PROBLEMS.get((condition["type"], condition["status"]))
            if reason is not None:
                yield Problem(reason, condition.get("message", ""))
