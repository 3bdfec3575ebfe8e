"""A tiny model for every task, and how it is served."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tiny_images
import tiny_multimodal
import tiny_seq2seq
import tiny_trajectories
import tiny_zoo
from tenfold_api.tasks import Task, answered_with


@dataclass(frozen=True)
class Tiny:
    """A model, the task it is served for, and what runs it."""

    write: Callable[[Path], object]
    task: Task
    engine: str = "auto"

    @property
    def is_slow(self) -> bool:
        """Whether an answer takes so long that fewer requests are tried."""
        return self.task in _SLOW


_SLOW = {
    Task.CONVERSATIONAL,
    Task.SUMMARIZATION,
    Task.TRANSLATION,
    Task.TEXT2TEXT_GENERATION,
    Task.TEXT_TO_IMAGE,
    Task.IMAGE_TO_TEXT,
}


def _picture(name: str) -> Callable[[Path], object]:
    return lambda folder: tiny_multimodal.make(folder, name)


_OTHERS: dict[Task, Callable[[Path], object]] = {
    Task.CONVERSATIONAL: tiny_seq2seq.blenderbot,
    Task.TEXT2TEXT_GENERATION: tiny_seq2seq.t5,
    Task.DEPTH_ESTIMATION: lambda folder: tiny_images.make(folder, "dpt"),
    Task.REINFORCEMENT_LEARNING: tiny_trajectories.decision_transformer,
    Task.ZERO_SHOT_IMAGE_CLASSIFICATION: _picture("clip"),
    Task.ZERO_SHOT_OBJECT_DETECTION: _picture("owlvit"),
    Task.IMAGE_TO_TEXT: _picture("captioner"),
    Task.VISUAL_QUESTION_ANSWERING: _picture("vilt"),
    Task.DOCUMENT_QUESTION_ANSWERING: _picture("layoutlm"),
}
_ANSWERED_BY_ANOTHER = {Task.SENTENCE_SIMILARITY, Task.ZERO_SHOT_CLASSIFICATION}

MODELS: dict[str, Tiny] = {
    task.value: Tiny(write, task)
    for task, write in {**tiny_zoo.MODELS, **_OTHERS}.items()
    if task not in _ANSWERED_BY_ANOTHER
} | {
    "image-to-image, drawn": Tiny(tiny_zoo.MODELS[Task.IMAGE_TO_IMAGE], Task.IMAGE_TO_IMAGE, "transformers"),
    "image-to-image": Tiny(_picture("swin2sr"), Task.IMAGE_TO_IMAGE),
    "image-classification, on torch": Tiny(
        tiny_zoo.MODELS[Task.IMAGE_CLASSIFICATION], Task.IMAGE_CLASSIFICATION, "transformers"
    ),
}
"""By names for people."""

ANSWERED = {task for tiny in MODELS.values() for task in answered_with(tiny.task)}
