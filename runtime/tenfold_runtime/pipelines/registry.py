"""Which class answers a task by a pipeline. Adding a task adds a module, and a line here."""

import pkgutil
from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.pipelines.base import PipelineTask

_HERE = "tenfold_runtime.pipelines"

PIPELINES: dict[Task, str] = {
    Task.AUDIO_CLASSIFICATION: f"{_HERE}.audio_classification:AudioClassification",
    Task.AUTOMATIC_SPEECH_RECOGNITION: f"{_HERE}.automatic_speech_recognition:AutomaticSpeechRecognition",
    Task.SUMMARIZATION: f"{_HERE}.summarization:Summarization",
    Task.TRANSLATION: f"{_HERE}.translation:Translation",
    Task.TEXT2TEXT_GENERATION: f"{_HERE}.text2text_generation:Text2TextGeneration",
}
"""The classes by name, for a process imports only the one that it serves."""


def named(task: Task) -> type[PipelineTask[Any]]:
    """Import the class of a task."""
    found: type[PipelineTask[Any]] = pkgutil.resolve_name(PIPELINES[task])
    return found
