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
    TEXT_GENERATION = "text-generation"
    IMAGE_CLASSIFICATION = "image-classification"
    OBJECT_DETECTION = "object-detection"
    IMAGE_SEGMENTATION = "image-segmentation"
    DEPTH_ESTIMATION = "depth-estimation"


# Tasks in one group run on one exported graph, so a model loaded for one answers the others too:
# the official clients ask one URL for both tasks of a group.
_SAME_GRAPH = (
    {Task.FEATURE_EXTRACTION, Task.SENTENCE_SIMILARITY},
    {Task.TEXT_CLASSIFICATION, Task.ZERO_SHOT_CLASSIFICATION},
)


def answered_with(task: Task) -> frozenset[Task]:
    """Give the tasks that a network loaded for `task` answers, `task` among them."""
    return next((frozenset(group) for group in _SAME_GRAPH if task in group), frozenset({task}))
