"""Artifacts made as in a pod, without the pod."""

from pathlib import Path

from tenfold_api.spec import Engine, Quantization
from tenfold_api.tasks import Task
from tenfold_runtime.conversion import pipeline
from tenfold_runtime.conversion.job import Built, Job

LIMIT, THREADS = 0.02, 2


def build(
    model: Path,
    task: Task,
    out: Path,
    quantization: Quantization = Quantization.AUTO,
    max_drift: float = LIMIT,
) -> Built:
    """Convert a model and choose its weights, within a drift of `max_drift`."""
    out.mkdir()
    job = Job(
        folder=model,
        out=out,
        task=task,
        engine=Engine.AUTO,
        quantization=quantization,
        max_drift=max_drift,
        threads=THREADS,
    )
    return pipeline.build(job, lambda _: None)
