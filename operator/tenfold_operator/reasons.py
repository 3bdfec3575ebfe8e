"""The fixed words of conditions. Programs read them; a runtime's own reasons for a failure join them."""

from dataclasses import dataclass
from enum import StrEnum

from tenfold_api.progress import LoadPhase


class Reason(StrEnum):
    """Why a condition is as it is."""

    # Accepted
    CHECKING = "Checking"
    ACCEPTED = "Accepted"
    INVALID_SPEC = "InvalidSpec"
    MODEL_ID_CONFLICT = "ModelIdConflict"
    REFUSED = "RefusedByCluster"

    # Available
    SERVING = "Serving"
    NOT_ACCEPTED = "NotAccepted"
    SLEEPING = "Sleeping"
    SCHEDULING = "Scheduling"
    STARTING = "Starting"
    DOWNLOADING = "Downloading"
    CONVERTING = "Converting"
    OPTIMIZING = "Optimizing"
    LOADING = "Loading"
    WARMING_UP = "WarmingUp"

    # Progressing
    SETTLED = "Settled"
    ROLLING_OUT = "RollingOut"
    SCALING = "Scaling"

    COMPARING = "Comparing"

    # Optimized
    OPTIMIZED = "Optimized"
    NOT_OPTIMIZED = "NotOptimized"
    DRIFT_EXCEEDED = "DriftExceeded"
    NOT_KNOWN = "NotYetKnown"

    # Degraded
    HEALTHY = "Healthy"
    UNSCHEDULABLE = "Unschedulable"
    IMAGE_PULL = "ImagePullBackOff"
    CANNOT_START = "CannotStart"
    CRASH_LOOP = "CrashLoopBackOff"
    OUT_OF_MEMORY = "OutOfMemory"
    CANNOT_CREATE_PODS = "CannotCreatePods"
    PROGRESS_DEADLINE = "ProgressDeadlineExceeded"
    ROLLOUT_DRIFTED = "RolloutDrifted"
    NOT_COMPARABLE = "NotComparable"
    SCALING_INACTIVE = "ScalingInactive"


@dataclass(frozen=True)
class Problem:
    """What keeps a model from serving as it should, for a person to look at."""

    reason: str
    message: str
    final: bool = True
    """Whether waiting is in vain: nothing but a change of the model or the cluster helps."""


PHASES: dict[LoadPhase, tuple[Reason, str]] = {
    LoadPhase.START: (Reason.STARTING, "the runtime is starting"),
    LoadPhase.DOWNLOAD: (Reason.DOWNLOADING, "the model is being downloaded"),
    LoadPhase.CONVERT: (Reason.CONVERTING, "the model is being converted to ONNX"),
    LoadPhase.OPTIMIZE: (Reason.OPTIMIZING, "the model is being optimized and compared with the exact one"),
    LoadPhase.LOAD: (Reason.LOADING, "the model is being loaded"),
    LoadPhase.WARM_UP: (Reason.WARMING_UP, "the first requests are being tried"),
}
