"""The steps of a build: export, fuse, quantize, check."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tenfold_api.progress import LoadPhase
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion.job import Built, Job, Report

Say = Callable[[Report], None]


def build(job: Job, say: Say) -> Built:
    """Export the model, then keep the fastest form whose answers stay within the job's drift."""
    say(Report(phase=LoadPhase.CONVERT))
    from tenfold_runtime.conversion import candidates, export

    config = export.export(job)
    say(Report(phase=LoadPhase.OPTIMIZE))
    optimized = _fuse(job.out, config)
    form, tried = candidates.choose(job)
    return Built(form=form, optimized=optimized, candidates=tried, versions=_versions())


def _fuse(out: Path, config: object) -> bool:
    from tenfold_runtime.conversion import fuse

    fused = out / "fused.onnx"
    if not fuse.fuse(out / GRAPH, fused, config):
        return False
    fused.replace(out / GRAPH)
    return True


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("onnx", "onnxruntime", "optimum-onnx", "torch", "transformers")}
