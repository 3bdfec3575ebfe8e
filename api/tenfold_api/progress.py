"""What a runtime says of itself while it loads, when it is ready and when it never will be (GET /status)."""

from enum import StrEnum

from tenfold_api.base import Part
from tenfold_api.tasks import Task


class LoadPhase(StrEnum):
    """The steps from an empty process to the first answer, in their order."""

    START = "start"
    DOWNLOAD = "download"
    CONVERT = "convert"
    OPTIMIZE = "optimize"
    LOAD = "load"
    WARM_UP = "warm-up"


class State(StrEnum):
    """Where a runtime stands."""

    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Failure(Part):
    """Why a model can never load."""

    status: int
    """HTTP status with which every request for the model is answered."""
    reason: str
    """One CamelCase word for programs, as in a condition: ModelNotFound, Unauthorized, PickleRefused …"""
    message: str
    """A sentence for people: what was wrong and what would be right."""


class RuntimeStatus(Part):
    """A runtime's account of itself."""

    state: State
    """Where the runtime stands."""
    phase: LoadPhase = LoadPhase.START
    """The step under way; the last one once the state is ready."""
    phase_seconds: float = 0.0
    """Time since that step began, in seconds."""
    finished: dict[LoadPhase, float] = {}
    """Seconds that each finished step took. Steps that a ready artifact spares are absent."""
    cached: bool | None = None
    """Whether a ready artifact was found; None until that is known."""
    weight_bytes: int | None = None
    """Size of the weights, once known: what the duration of most steps goes with."""
    task: Task | None = None
    """What the model does, once known."""
    revision: str | None = None
    """Commit, or hash of the files, once known."""
    engine: str | None = None
    """What runs it, once known: `onnx`, or its own library: `transformers`, `diffusers` or `sklearn`."""
    fallback: str | None = None
    """Why it does not run on ONNX Runtime, where it does not."""
    compute_type: str | None = None
    """`cpu+optimized` or `cpu`, once ready."""
    speedup: float | None = None
    """Measured speed of what serves, as a multiple of the exact weights'; None where those serve."""
    drift: float | None = None
    """Largest measured difference of its answers from theirs, 0 to 1; None where those serve."""
    load_seconds: float | None = None
    """Seconds from the start of the process until it was ready."""
    failure: Failure | None = None
    """Why it can never load, when the state is failed."""
