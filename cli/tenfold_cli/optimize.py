"""`tenfold optimize`: makes a model's artifact now, and shows what was measured on the way."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table

from tenfold_api.inference_model import InferenceModel
from tenfold_api.optimizing import Candidate, Outcome, Progress
from tenfold_api.spec import Engine
from tenfold_cli.display.rows import DOING
from tenfold_cli.errors import CommandError
from tenfold_cli.local.process import Launch

COMMAND = (sys.executable, "-m", "tenfold_runtime.prepare")
_COLUMNS = ("FORM", "DRIFT", "SPEEDUP", "SIZE", "")


@dataclass
class Shown:
    """A progress bar: a step for each of the load's, one for each form that is tried."""

    bar: Bar

    def __post_init__(self) -> None:
        self._task = self.bar.add_task("starting", total=None)

    def tell(self, progress: Progress) -> None:
        if progress.phase is not None:
            self.bar.update(self._task, description=DOING[progress.phase])
        if progress.planned is not None:
            self.bar.update(self._task, total=progress.planned)
        if progress.tried is not None:
            self.bar.update(self._task, description=f"tried {progress.tried.name}", advance=1)


def run(model: InferenceModel, launch: Launch, console: Console) -> None:
    """Make the artifact of a model and show it; raises CommandError where it cannot be made."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        outcome = _followed(model, launch, Shown(bar))
    if outcome.candidates:
        console.print(table(outcome.candidates, model.spec.optimization.max_drift))
    for line in summary(model.model_id, outcome):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _followed(model: InferenceModel, launch: Launch, shown: Shown) -> Outcome:
    with tempfile.TemporaryFile("w+") as said, _started(model, launch, said) as process:
        assert process.stdout is not None  # noqa: S101 - Popen was given PIPE
        for line in process.stdout:
            progress = Progress.model_validate_json(line)
            if progress.failure is not None:
                raise CommandError(f"{model.model_id}: {progress.failure.message}")
            if progress.outcome is not None:
                return progress.outcome
            shown.tell(progress)
        process.wait()
        raise CommandError(f"{model.model_id}: it broke off: {_last_line(said)}")


def _last_line(said: IO[str]) -> str:
    said.seek(0)
    return next(reversed(said.read().strip().splitlines()), "without a word")


@contextmanager
def _started(model: InferenceModel, launch: Launch, said: IO[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run the process within the block; all that it started ends with its standard input."""
    pipe, environment = subprocess.PIPE, launch.environment(model)
    with subprocess.Popen(
        launch.command, stdin=pipe, stdout=pipe, stderr=said, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def table(candidates: tuple[Candidate, ...], max_drift: float) -> Table:
    """Draw what was measured, the fastest first."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in _COLUMNS:
        drawn.add_column(column, justify="right" if column in _COLUMNS[1:4] else "left")
    for each in sorted(candidates, key=lambda candidate: -candidate.speedup):
        figures = (f"{each.drift:.4f}", f"{each.speedup:.2f}×", f"{each.bytes / 2**20:.0f} MiB")
        drawn.add_row(each.name, *figures, verdict(each, max_drift), style="green" if each.serves else "")
    return drawn


def verdict(candidate: Candidate, max_drift: float) -> str:
    if candidate.serves:
        return "serves"
    if candidate.drift > max_drift:
        return f"drifts beyond {max_drift:g}"
    return "accepted" if candidate.accepted else "is no faster"


def summary(model_id: str, outcome: Outcome) -> Iterator[str]:
    """Say in words what serves, and where it is."""
    if outcome.engine is not Engine.ONNX:
        yield f"{model_id} runs on torch: {outcome.fallback}"
    else:
        weights = "exact weights" if outcome.form == "none" else f"{outcome.form} weights"
        yield f"{model_id} serves with {weights}"
    yield outcome.folder
