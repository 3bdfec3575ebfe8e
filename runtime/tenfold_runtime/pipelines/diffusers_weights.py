"""Pipelines that draw, from their files: diffusers' own on torch, or optimum's on ONNX Runtime."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tenfold_api.spec import Engine, Security
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.network import options
from tenfold_runtime.pipelines.base import Weights

SAFETY_CHECKER = "safety_checker"


def pipeline(task: Task, weights: Weights) -> Any:
    """Load a pipeline that answers the task; raises CannotLoad where it cannot be."""
    import torch

    torch.set_num_threads(weights.threads)
    if weights.engine is Engine.ONNX:
        loaded = _on_onnx(task, weights)
    else:
        loaded = on_torch(weights.folder, task, weights.security)
    loaded.set_progress_bar_config(disable=True)
    return loaded


def on_torch(folder: Path, task: Task, security: Security) -> Any:
    """Load diffusers' own pipeline; raises CannotLoad where it cannot be."""
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    with _translated():
        loaded = diffusers.DiffusionPipeline.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=None if security.allow_pickle else True,
            trust_remote_code=security.trust_remote_code,
        )
        return _turned(loaded, task)


def _on_onnx(task: Task, weights: Weights) -> Any:
    """Load exported graphs. A safety checker is not among them: it runs on torch."""
    import diffusers

    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    with _translated():
        return _of_optimum(task).from_pretrained(
            weights.folder,
            session_options=options(weights.threads),
            safety_checker=_safety_checker(weights),
        )


def runs_exported(pipeline: Any, task: Task) -> bool:
    """Whether optimum has a pipeline on ONNX Runtime for one of diffusers'."""
    known = _of_optimum(task).ort_pipelines_mapping.values()
    return type(pipeline) in [getattr(one, "auto_model_class", None) for one in known]


def _of_optimum(task: Task) -> Any:
    from optimum import onnxruntime

    return {
        Task.TEXT_TO_IMAGE: onnxruntime.ORTPipelineForText2Image,
        Task.IMAGE_TO_IMAGE: onnxruntime.ORTPipelineForImage2Image,
    }[task]


def _safety_checker(weights: Weights) -> Any:
    folder = weights.folder / SAFETY_CHECKER
    if not folder.is_dir():
        return None
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

    safe = None if weights.security.allow_pickle else True
    return StableDiffusionSafetyChecker.from_pretrained(folder, use_safetensors=safe)


def _turned(loaded: Any, task: Task) -> Any:
    """Give the pipeline for a task that is made of the same parts."""
    import diffusers

    image = inspect.signature(loaded.__call__).parameters.get("image")
    if task is Task.IMAGE_TO_IMAGE and image is None:
        return diffusers.AutoPipelineForImage2Image.from_pipe(loaded)
    if task is Task.TEXT_TO_IMAGE and image is not None:
        return diffusers.AutoPipelineForText2Image.from_pipe(loaded)
    return loaded


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what a pipeline's many parts raise as they load into CannotLoad."""
    try:
        yield
    except Exception as error:
        raise CannotLoad(422, "InvalidModel", f"diffusers cannot load the model: {error}") from error
