"""A pipeline of diffusers to ONNX graphs, with optimum's exporter."""

import logging
import shutil
import warnings
from pathlib import Path

from optimum.exporters.onnx import onnx_export_from_model

from tenfold_runtime.conversion.job import Job
from tenfold_runtime.errors import ExportUnsupported
from tenfold_runtime.pipelines.diffusers_weights import SAFETY_CHECKER, on_torch, runs_exported


def export(job: Job) -> None:
    """Write graphs and settings into `job.out`; raises ExportUnsupported where the exporter cannot."""
    logging.getLogger("optimum").setLevel(logging.ERROR)
    pipeline = on_torch(job.folder, job.task, job.security)
    name = type(pipeline).__name__
    if not runs_exported(pipeline, job.task):
        raise ExportUnsupported(f"{name} has no form on ONNX Runtime for {job.task}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the tracer warns of every shape it reads
            onnx_export_from_model(pipeline, job.out, task=job.task.value, do_validation=False)
    except Exception as error:  # exporting runs the code of every part
        _emptied(job.out)
        raise ExportUnsupported(f"{name} cannot be exported for {job.task}: {error}") from error
    if (job.folder / SAFETY_CHECKER).is_dir():
        shutil.copytree(job.folder / SAFETY_CHECKER, job.out / SAFETY_CHECKER)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
