"""Which class answers a task. Adding a task adds a module, and a line here."""

import pkgutil
from typing import Any

from tenfold_api.tasks import Task, answered_with
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.tasks.base import TextModel, TextTask

_HERE = "tenfold_runtime.tasks"

TASKS: dict[Task, str] = {
    Task.FEATURE_EXTRACTION: f"{_HERE}.feature_extraction:FeatureExtraction",
    Task.FILL_MASK: f"{_HERE}.fill_mask:FillMask",
    Task.QUESTION_ANSWERING: f"{_HERE}.question_answering:QuestionAnswering",
    Task.SENTENCE_SIMILARITY: f"{_HERE}.sentence_similarity:SentenceSimilarity",
    Task.TEXT_CLASSIFICATION: f"{_HERE}.text_classification:TextClassification",
    Task.TEXT_RANKING: f"{_HERE}.text_ranking:TextRanking",
    Task.TOKEN_CLASSIFICATION: f"{_HERE}.token_classification:TokenClassification",
    Task.ZERO_SHOT_CLASSIFICATION: f"{_HERE}.zero_shot_classification:ZeroShotClassification",
}
"""The classes by name, for a process imports only those that its model answers."""


def named(task: Task) -> type[TextTask[Any]]:
    """Import the class that answers a task."""
    found: type[TextTask[Any]] = pkgutil.resolve_name(TASKS[task])
    return found


def answering(task: Task, model: TextModel) -> dict[Task, TextTask[Any]]:
    """Give what a model loaded for `task` answers; raises CannotLoad where that task is not among it."""
    classes = {each: named(each) for each in answered_with(task)}
    known = {each: found for each, found in classes.items() if found.suits(model.facts)}
    if task not in known:
        message = f"the model does not suit {task}: it has {len(model.facts.labels)} labels"
        raise CannotLoad(422, "TaskUnsupported", message)
    return {each: found(model) for each, found in known.items()}
