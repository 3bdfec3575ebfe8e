"""transformers' pipelines, with a model of optimum's on ONNX Runtime or one of transformers' own on torch."""

from typing import Any

from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime import deadline, torch_model
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.network import options
from tenfold_runtime.pipelines.base import Weights


def make(
    task: Task,
    weights: Weights,
    *,
    onnx: str | None,
    processors: tuple[str, ...],
    named: str | None = None,
    **more: Any,
) -> Any:
    """Make a pipeline; raises CannotLoad where transformers cannot.

    onnx: the class of `optimum.onnxruntime` that runs the exported graphs; None where nothing is exported.
    processors: what is loaded beside the model, of `tokenizer`, `feature_extractor`, `image_processor` and
    `processor`. named: how `transformers.pipeline` names the task, where that differs. more: what else the
    pipeline takes.
    """
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    torch.set_num_threads(weights.threads)
    model = _model(task, weights, onnx)
    deadline.watch(model)
    beside = dict.fromkeys(processors, str(weights.folder))
    trusted = weights.security.trust_remote_code
    try:
        return transformers.pipeline(
            named or task.value, model=model, **beside, **more, device="cpu", trust_remote_code=trusted
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise CannotLoad(422, "InvalidModel", f"transformers cannot use the model: {error}") from error


def _model(task: Task, weights: Weights, onnx: str | None) -> Any:
    if weights.engine is not Engine.ONNX or onnx is None:
        return torch_model.load(weights.folder, task, weights.security)
    from optimum import onnxruntime

    loader = getattr(onnxruntime, onnx)
    return loader.from_pretrained(weights.folder, session_options=options(weights.threads))
