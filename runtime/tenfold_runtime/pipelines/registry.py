"""Which class answers a task by a pipeline. Adding a task adds a module, and a line here."""

import pkgutil
from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.library import Library
from tenfold_runtime.pipelines.base import PipelineTask

_HERE = "tenfold_runtime.pipelines"

PIPELINES: dict[Task, str] = {
    Task.AUDIO_CLASSIFICATION: f"{_HERE}.audio_classification:AudioClassification",
    Task.AUDIO_TO_AUDIO: f"{_HERE}.audio_to_audio:AudioToAudio",
    Task.AUTOMATIC_SPEECH_RECOGNITION: f"{_HERE}.automatic_speech_recognition:AutomaticSpeechRecognition",
    Task.CONVERSATIONAL: f"{_HERE}.conversational:Conversational",
    Task.TABLE_QUESTION_ANSWERING: f"{_HERE}.table_question_answering:TableQuestionAnswering",
    Task.REINFORCEMENT_LEARNING: f"{_HERE}.reinforcement_learning:ReinforcementLearning",
    Task.SUMMARIZATION: f"{_HERE}.summarization:Summarization",
    Task.TEXT_TO_AUDIO: f"{_HERE}.text_to_speech:TextToSpeech",
    Task.TEXT_TO_SPEECH: f"{_HERE}.text_to_speech:TextToSpeech",
    Task.TRANSLATION: f"{_HERE}.translation:Translation",
    Task.TEXT2TEXT_GENERATION: f"{_HERE}.text2text_generation:Text2TextGeneration",
}
"""The classes by name, for a process imports only the one that it serves."""

_DIFFUSERS = {
    Task.IMAGE_TO_IMAGE: f"{_HERE}.diffusers_image_to_image:ImageToImage",
    Task.TEXT_TO_IMAGE: f"{_HERE}.diffusers_text_to_image:TextToImage",
}

_SKLEARN = {
    Task.TABULAR_CLASSIFICATION: f"{_HERE}.tabular:TabularClassification",
    Task.TABULAR_REGRESSION: f"{_HERE}.tabular:TabularRegression",
}

_OF_LIBRARY = {
    Library.TRANSFORMERS: PIPELINES,
    Library.DIFFUSERS: _DIFFUSERS,
    Library.SKLEARN: _SKLEARN,
}


def libraries(task: Task) -> list[Library]:
    """Give the libraries whose models answer a task by a pipeline."""
    return [library for library, known in _OF_LIBRARY.items() if task in known]


def named(task: Task, library: Library = Library.TRANSFORMERS) -> type[PipelineTask[Any]]:
    """Import the class that answers a task with a library's models; raises CannotLoad where there is none."""
    known = _OF_LIBRARY[library]
    if task not in known:
        message = f"models of {library} are not served for {task}, only for {', '.join(sorted(known))}"
        raise CannotLoad(422, "TaskUnsupported", message)
    found: type[PipelineTask[Any]] = pkgutil.resolve_name(known[task])
    return found
