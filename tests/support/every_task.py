"""A tiny model for every task, by name: how its folder is written, and the spec that serves it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tiny_audio
import tiny_decoders
import tiny_diffusion
import tiny_images
import tiny_models
import tiny_seq2seq
import tiny_tables
import tiny_tabular
import tiny_trajectories


@dataclass(frozen=True)
class Tiny:
    """A model and how it is served."""

    write: Callable[[Path], Path]
    spec: dict[str, Any] = field(default_factory=dict)
    is_slow: bool = False
    """Whether an answer takes so long that fewer requests are tried."""


def _text(architecture: str, **spec: Any) -> Tiny:
    return Tiny(lambda folder: tiny_models.make(folder, architecture), spec)


def _image(name: str) -> Tiny:
    return Tiny(lambda folder: tiny_images.make(folder, name))


def _sound(name: str) -> Tiny:
    return Tiny(lambda folder: tiny_audio.make(folder, name))


def _table(task: str, made: tuple[Any, Any]) -> Tiny:
    return Tiny(lambda folder: tiny_tabular.save(folder, made[0], task))


MODELS: dict[str, Tiny] = {
    "feature-extraction": _text("BertModel"),
    "text-classification": _text("BertForSequenceClassification"),
    "token-classification": _text("BertForTokenClassification"),
    "fill-mask": _text("BertForMaskedLM"),
    "question-answering": _text("BertForQuestionAnswering"),
    "table-question-answering": Tiny(tiny_tables.tapas),
    "summarization": Tiny(tiny_seq2seq.bart, {"task": "summarization"}, is_slow=True),
    "translation": Tiny(tiny_seq2seq.t5, {"task": "translation"}, is_slow=True),
    "text2text-generation": Tiny(tiny_seq2seq.t5, {"task": "text2text-generation"}, is_slow=True),
    "text-generation": Tiny(lambda folder: tiny_decoders.make(folder, "llama")),
    "image-classification": _image("vit"),
    "object-detection": _image("yolos"),
    "image-segmentation": _image("segformer"),
    "depth-estimation": _image("dpt"),
    "text-to-image": Tiny(tiny_diffusion.stable_diffusion, is_slow=True),
    "image-to-image": Tiny(
        tiny_diffusion.stable_diffusion, {"task": "image-to-image", "engine": "transformers"}
    ),
    "audio-classification": _sound("keywords"),
    "automatic-speech-recognition": _sound("whisper"),
    "text-to-speech": _sound("vits"),
    "audio-to-audio": _sound("converter"),
    "tabular-classification": _table("tabular-classification", tiny_tabular.taster()),
    "tabular-regression": _table("tabular-regression", tiny_tabular.regressor()),
    "reinforcement-learning": Tiny(tiny_trajectories.decision_transformer),
}
