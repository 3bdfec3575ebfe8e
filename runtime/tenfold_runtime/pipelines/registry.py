"""Which class answers a task by a pipeline. Adding a task adds a module, and a line here."""

import pkgutil
from typing import Any

from tenfold_api.library import Library
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.pipelines.base import PipelineTask

_HERE = "tenfold_runtime.pipelines"

PIPELINES: dict[Task, str] = {
    Task.AUDIO_CLASSIFICATION: f"{_HERE}.audio_classification:AudioClassification",
    Task.AUDIO_TO_AUDIO: f"{_HERE}.audio_to_audio:AudioToAudio",
    Task.DOCUMENT_QUESTION_ANSWERING: f"{_HERE}.document_question_answering:DocumentQuestionAnswering",
    Task.IMAGE_TO_IMAGE: f"{_HERE}.image_to_image:ImageToImage",
    Task.IMAGE_TO_TEXT: f"{_HERE}.image_to_text:ImageToText",
    Task.VISUAL_QUESTION_ANSWERING: f"{_HERE}.visual_question_answering:VisualQuestionAnswering",
    Task.ZERO_SHOT_IMAGE_CLASSIFICATION: (
        f"{_HERE}.zero_shot_image_classification:ZeroShotImageClassification"
    ),
    Task.ZERO_SHOT_OBJECT_DETECTION: f"{_HERE}.zero_shot_object_detection:ZeroShotObjectDetection",
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

PICTURED = {
    Task.DEPTH_ESTIMATION: f"{_HERE}.pictured:DepthEstimation",
    Task.IMAGE_CLASSIFICATION: f"{_HERE}.pictured:ImageClassification",
    Task.IMAGE_SEGMENTATION: f"{_HERE}.pictured:ImageSegmentation",
    Task.OBJECT_DETECTION: f"{_HERE}.pictured:ObjectDetection",
}
"""Tasks on images whose models come here only where the faster way cannot serve them."""

_DIFFUSERS = {
    Task.IMAGE_TO_IMAGE: f"{_HERE}.diffusers_image_to_image:ImageToImage",
    Task.TEXT_TO_IMAGE: f"{_HERE}.diffusers_text_to_image:TextToImage",
}

_SKLEARN = {
    Task.TABULAR_CLASSIFICATION: f"{_HERE}.tabular:TabularClassification",
    Task.TABULAR_REGRESSION: f"{_HERE}.tabular:TabularRegression",
}

_OF_LIBRARY = {
    Library.TRANSFORMERS: {**PIPELINES, **PICTURED},
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
