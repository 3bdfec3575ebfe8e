"""A transformers model to an ONNX graph, with optimum's exporter."""

import logging
import warnings
from pathlib import Path
from typing import Any

import transformers
from optimum.exporters.onnx import onnx_export_from_model

from tenfold_api.tasks import Task
from tenfold_runtime import torch_model
from tenfold_runtime.conversion import decoder_export
from tenfold_runtime.conversion.image_processor import image_processor
from tenfold_runtime.conversion.job import Job
from tenfold_runtime.errors import CannotLoad, ExportUnsupported
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.heads import head_of
from tenfold_runtime.pipelines.registry import PIPELINES
from tenfold_runtime.vision.registry import IMAGE_TASKS


def save_settings(job: Job) -> None:
    """Write what makes the model's inputs, and its configuration, into `job.out`."""
    logging.getLogger("optimum").setLevel(logging.ERROR)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    for file in _settings(job.folder):
        place = job.out / file.relative_to(job.folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    if job.task not in PIPELINES and job.task not in IMAGE_TASKS:
        _tokenizer(job).save_pretrained(job.out)


def _settings(folder: Path) -> list[Path]:
    """Give the files that hold no weights."""
    patterns = ("*.json", "*.txt", "*.model", "*.spm", "*.jinja")
    found = [file for pattern in patterns for file in folder.rglob(pattern)]
    return [file for file in found if not file.name.endswith(".index.json")]


def export(job: Job) -> Any:
    """Write the graphs into `job.out`; give the model's configuration.

    Raises ExportUnsupported where the exporter does not know the architecture, or not with this task.
    """
    head = head_of(job.task, ModelFolder(job.folder).architecture)
    exported = head[1] if head else None
    if exported is None:
        raise ExportUnsupported(f"{job.task} has no export to ONNX")
    if job.task in IMAGE_TASKS:
        image_processor(job)
    kept = {"dtype": decoder_export.kept_dtype(job.folder)} if job.task is Task.TEXT_GENERATION else {}
    model = torch_model.load(job.folder, job.task, job.security, attn_implementation="eager", **kept)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every shape it reads
        if job.task is Task.TEXT_GENERATION:
            decoder_export.export(model, job.out)
        else:
            _to_onnx(model, job, exported)
    return model.config


def _to_onnx(model: Any, job: Job, task: str) -> None:
    """Write the graphs. task: as the exporter names it."""
    try:
        onnx_export_from_model(model, job.out, task=task, do_validation=False)
    except Exception as error:
        for file in job.out.glob("*.onnx*"):
            file.unlink()
        message = f"{model.config.model_type} cannot be exported for {job.task}: {error}"
        raise ExportUnsupported(message) from error
    _drop_parts(job.out)


def _drop_parts(out: Path) -> None:
    """Remove the graphs of a decoder's first and later steps where one graph holds both."""
    if (out / "decoder_model_merged.onnx").exists():
        for name in ("decoder_model", "decoder_with_past_model"):
            for file in out.glob(f"{name}.onnx*"):
                file.unlink()


def _tokenizer(job: Job) -> Any:
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        job.folder, use_fast=True, trust_remote_code=job.security.trust_remote_code
    )
    if not tokenizer.is_fast:
        raise CannotLoad(422, "TokenizerUnsupported", "the model has no tokenizer that tokenizers can run")
    return tokenizer
