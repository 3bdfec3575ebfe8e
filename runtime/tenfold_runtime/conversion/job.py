"""What the loader asks of the build process, and what that says while it works and when it is done."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from tenfold_api.optimizing import Candidate
from tenfold_api.progress import Failure, LoadPhase
from tenfold_api.spec import Engine, Quantization, Security
from tenfold_api.tasks import Task


class Job(BaseModel):
    """One artifact to build. Sent as JSON on the process's standard input."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    out: Path
    task: Task
    engine: Engine
    quantization: Quantization
    max_drift: float
    threads: int
    turns: Path | None = None
    """The folder whose builds take turns; None for a build that waits for nobody."""
    security: Security = Security()
    whole_bytes: int = 2 * 2**30
    """Exact weights of more bytes than this are never in memory together with another form of them."""


class Built(BaseModel):
    """What came out."""

    model_config = ConfigDict(frozen=True)

    engine: Engine = Engine.ONNX
    fallback: str | None = None
    form: Quantization = Quantization.NONE
    optimized: bool = False
    candidates: tuple[Candidate, ...] = ()
    versions: dict[str, str]


class Report(BaseModel):
    """A line of the build process's standard output: how far it is, or how it ended."""

    model_config = ConfigDict(frozen=True)

    phase: LoadPhase | None = None
    planned: int | None = None
    """How many forms of the weights will be tried."""
    tried: Candidate | None = None
    built: Built | None = None
    failure: Failure | None = None


Say: TypeAlias = Callable[[Report], None]
