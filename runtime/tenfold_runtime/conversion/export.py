"""A transformers model to an ONNX graph, with optimum's exporter."""

import logging
import warnings
from pathlib import Path
from typing import Any

import transformers
from optimum.exporters.onnx import onnx_export_from_model
from safetensors import SafetensorError

from tenfold_api.tasks import Task
from tenfold_runtime.conversion import decoder_export
from tenfold_runtime.conversion.image_processor import image_processor
from tenfold_runtime.conversion.job import Job
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.vision.registry import IMAGE_TASKS

# How transformers and optimum name the head that each task needs.
_HEADS = {
    Task.FEATURE_EXTRACTION: ("AutoModel", "feature-extraction"),
    Task.SENTENCE_SIMILARITY: ("AutoModel", "feature-extraction"),
    Task.TEXT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.ZERO_SHOT_CLASSIFICATION: ("AutoModelForSequenceClassification", "text-classification"),
    Task.TOKEN_CLASSIFICATION: ("AutoModelForTokenClassification", "token-classification"),
    Task.FILL_MASK: ("AutoModelForMaskedLM", "fill-mask"),
    Task.QUESTION_ANSWERING: ("AutoModelForQuestionAnswering", "question-answering"),
    Task.TEXT_GENERATION: ("AutoModelForCausalLM", "text-generation"),
    Task.IMAGE_CLASSIFICATION: ("AutoModelForImageClassification", "image-classification"),
    Task.OBJECT_DETECTION: ("AutoModelForObjectDetection", "object-detection"),
    Task.IMAGE_SEGMENTATION: ("AutoModelForSemanticSegmentation", "semantic-segmentation"),
    Task.DEPTH_ESTIMATION: ("AutoModelForDepthEstimation", "depth-estimation"),
}


def export(job: Job) -> Any:
    """Write model.onnx, what makes its inputs, and the configuration into `job.out`; give the latter."""
    logging.getLogger("optimum").setLevel(logging.ERROR)
    logging.getLogger("transformers").setLevel(logging.ERROR)
    model = _load(job)
    processor = image_processor(job) if job.task in IMAGE_TASKS else _tokenizer(job)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every shape it reads
        if job.task is Task.TEXT_GENERATION:
            decoder_export.export(model, job.out)
        else:
            _to_onnx(model, job)
    processor.save_pretrained(job.out)
    _copy_sentence_transformers_files(job.folder, job.out)
    return model.config


def _to_onnx(model: Any, job: Job) -> None:
    """Raises CannotLoad where the exporter does not know the architecture, or not with this task."""
    try:
        onnx_export_from_model(model, job.out, task=_HEADS[job.task][1], do_validation=False)
    except (ValueError, KeyError, NotImplementedError) as error:
        message = f"{model.config.model_type} cannot be exported for {job.task}: {error}"
        raise CannotLoad(422, "ExportUnsupported", message) from error


def _load(job: Job) -> Any:
    head = getattr(transformers, _HEADS[job.task][0])
    try:
        return head.from_pretrained(
            job.folder,
            use_safetensors=None if job.allow_pickle else True,
            trust_remote_code=job.trust_remote_code,
            attn_implementation="eager",
        ).eval()
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CannotLoad(422, "InvalidModel", f"transformers cannot load the model: {error}") from error


def _tokenizer(job: Job) -> Any:
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        job.folder, use_fast=True, trust_remote_code=job.trust_remote_code
    )
    if not tokenizer.is_fast:
        raise CannotLoad(422, "TokenizerUnsupported", "the model has no tokenizer that tokenizers can run")
    return tokenizer


def _copy_sentence_transformers_files(folder: Path, out: Path) -> None:
    names = ["modules.json", "sentence_bert_config.json", "config_sentence_transformers.json"]
    names += [path.relative_to(folder).as_posix() for path in folder.glob("*_Pooling/config.json")]
    for name in names:
        if (folder / name).is_file():
            (out / name).parent.mkdir(exist_ok=True)
            (out / name).write_bytes((folder / name).read_bytes())
