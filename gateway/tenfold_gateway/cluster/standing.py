"""What a model's resource tells of its pods: how far they are, or why they never will be. Pure."""

from dataclasses import dataclass, field

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus, State
from tenfold_api.status import Condition, Phase, Status

# The reason of condition Available while a model loads. Whatever comes before a download is the start.
_PHASES = {
    "Downloading": LoadPhase.DOWNLOAD,
    "Converting": LoadPhase.CONVERT,
    "Optimizing": LoadPhase.OPTIMIZE,
    "Loading": LoadPhase.LOAD,
    "WarmingUp": LoadPhase.WARM_UP,
}

# HTTP status by reason: what is wrong with the name or the model. Any other reason is the cluster's: 500.
_STATUSES = {
    "ModelNotFound": 404,
    "RevisionNotFound": 404,
    "PickleRefused": 403,
    "RemoteCodeRefused": 403,
    "TypesRefused": 403,
    "Unauthorized": 403,
    "ExampleFailed": 422,
    "ImageProcessorUnsupported": 422,
    "InvalidModel": 422,
    "InvalidSpec": 422,
    "LibraryMissing": 422,
    "PoolingUnknown": 422,
    "SourceUnsupported": 422,
    "TaskUnknown": 422,
    "TaskUnsupported": 422,
    "TokenizerUnsupported": 422,
    "VocoderMissing": 422,
    "ExportUnsupported": 422,
}


@dataclass(frozen=True, slots=True)
class Loading:
    """A load as it was seen from outside: the steps so far and what they took, in seconds."""

    began: float
    """When the present step began, on the clock of the one who saw it."""
    phase: LoadPhase = LoadPhase.START
    finished: dict[LoadPhase, float] = field(default_factory=dict)

    def at(self, phase: LoadPhase, now: float) -> "Loading":
        """Go on to another step; the same one goes on."""
        if phase is self.phase:
            return self
        return Loading(now, phase, {**self.finished, self.phase: now - self.began})

    def status(self) -> RuntimeStatus:
        return RuntimeStatus(state=State.LOADING, phase=self.phase, finished=self.finished)

    def over(self, now: float, told: Status | None) -> RuntimeStatus:
        """Give the account of a load that has come to its end."""
        finished = {**self.finished, self.phase: now - self.began}
        cached = LoadPhase.CONVERT not in finished and LoadPhase.DOWNLOAD not in finished
        return ready(told).model_copy(update={"finished": finished, "cached": cached})


def phase(model: InferenceModel) -> LoadPhase:
    """Give the step that the model's newest pod is at."""
    available = _condition(model, "Available")
    return _PHASES.get(available.reason, LoadPhase.START) if available else LoadPhase.START


def ready(told: Status | None) -> RuntimeStatus:
    """Give what is known of a model that answers."""
    known = told or Status()
    return RuntimeStatus(
        state=State.READY,
        phase=LoadPhase.WARM_UP,
        revision=known.revision,
        compute_type=known.compute_type,
        load_seconds=known.load_seconds,
    )


def failure(model: InferenceModel) -> Failure | None:
    """Give why the model can never load. A status of an older spec says nothing of this one."""
    status = model.status
    if status is None or status.phase is not Phase.FAILED or _is_outdated(model):
        return None
    cause = _cause(model)
    if cause is None:
        return Failure(status=500, reason="Failed", message="the model cannot be loaded")
    return Failure(status=_STATUSES.get(cause.reason, 500), reason=cause.reason, message=cause.message)


def _cause(model: InferenceModel) -> Condition | None:
    accepted, degraded = _condition(model, "Accepted"), _condition(model, "Degraded")
    if accepted and accepted.status == "False":
        return accepted
    return degraded if degraded and degraded.status == "True" else None


def _condition(model: InferenceModel, kind: str) -> Condition | None:
    conditions = (model.status and model.status.conditions) or ()
    return next((each for each in conditions if each.type == kind), None)


def _is_outdated(model: InferenceModel) -> bool:
    seen = model.status.observed_generation if model.status else None
    return seen is not None and seen < (model.metadata.generation or 0)
