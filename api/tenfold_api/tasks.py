"""The tasks Tenfold knows by name, and which of them one loaded network can answer."""

from enum import StrEnum


class Task(StrEnum):
    """A task of the hosted Inference API, named as the Hub's `pipeline_tag` names it."""

    FEATURE_EXTRACTION = "feature-extraction"
    SENTENCE_SIMILARITY = "sentence-similarity"
    TEXT_CLASSIFICATION = "text-classification"
    ZERO_SHOT_CLASSIFICATION = "zero-shot-classification"
    TOKEN_CLASSIFICATION = "token-classification"  # noqa: S105 - no password
    FILL_MASK = "fill-mask"
    QUESTION_ANSWERING = "question-answering"
    TABLE_QUESTION_ANSWERING = "table-question-answering"
    TEXT_RANKING = "text-ranking"
    SUMMARIZATION = "summarization"
    TRANSLATION = "translation"
    TEXT2TEXT_GENERATION = "text2text-generation"
    TEXT_GENERATION = "text-generation"
    CONVERSATIONAL = "conversational"
    IMAGE_CLASSIFICATION = "image-classification"
    ZERO_SHOT_IMAGE_CLASSIFICATION = "zero-shot-image-classification"
    OBJECT_DETECTION = "object-detection"
    ZERO_SHOT_OBJECT_DETECTION = "zero-shot-object-detection"
    IMAGE_SEGMENTATION = "image-segmentation"
    DEPTH_ESTIMATION = "depth-estimation"
    IMAGE_TO_TEXT = "image-to-text"
    VISUAL_QUESTION_ANSWERING = "visual-question-answering"
    DOCUMENT_QUESTION_ANSWERING = "document-question-answering"
    IMAGE_TO_IMAGE = "image-to-image"
    TEXT_TO_IMAGE = "text-to-image"
    AUTOMATIC_SPEECH_RECOGNITION = "automatic-speech-recognition"
    AUDIO_CLASSIFICATION = "audio-classification"
    TEXT_TO_SPEECH = "text-to-speech"
    TEXT_TO_AUDIO = "text-to-audio"
    AUDIO_TO_AUDIO = "audio-to-audio"
    TABULAR_CLASSIFICATION = "tabular-classification"
    TABULAR_REGRESSION = "tabular-regression"
    REINFORCEMENT_LEARNING = "reinforcement-learning"


# Tasks in one group run on one exported graph, so a model loaded for one answers the others too:
# the official clients ask one URL for both tasks of a group.
_SAME_GRAPH = (
    {Task.FEATURE_EXTRACTION, Task.SENTENCE_SIMILARITY},
    {Task.TEXT_CLASSIFICATION, Task.ZERO_SHOT_CLASSIFICATION, Task.TEXT_RANKING},
    {Task.TEXT_TO_SPEECH, Task.TEXT_TO_AUDIO},
)


def answered_with(task: Task) -> frozenset[Task]:
    """Give the tasks that a network loaded for `task` answers, `task` among them."""
    return next((frozenset(group) for group in _SAME_GRAPH if task in group), frozenset({task}))
