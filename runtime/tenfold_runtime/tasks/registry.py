"""Which class answers a task. Adding a task adds a module, and a line here."""

from typing import Any

from tenfold_api.tasks import Task, answered_with
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.tasks.base import TextModel, TextTask
from tenfold_runtime.tasks.feature_extraction import FeatureExtraction
from tenfold_runtime.tasks.fill_mask import FillMask
from tenfold_runtime.tasks.question_answering import QuestionAnswering
from tenfold_runtime.tasks.sentence_similarity import SentenceSimilarity
from tenfold_runtime.tasks.text_classification import TextClassification
from tenfold_runtime.tasks.text_ranking import TextRanking
from tenfold_runtime.tasks.token_classification import TokenClassification
from tenfold_runtime.tasks.zero_shot_classification import ZeroShotClassification

TASKS: dict[Task, type[TextTask[Any]]] = {
    Task.FEATURE_EXTRACTION: FeatureExtraction,
    Task.FILL_MASK: FillMask,
    Task.QUESTION_ANSWERING: QuestionAnswering,
    Task.SENTENCE_SIMILARITY: SentenceSimilarity,
    Task.TEXT_CLASSIFICATION: TextClassification,
    Task.TEXT_RANKING: TextRanking,
    Task.TOKEN_CLASSIFICATION: TokenClassification,
    Task.ZERO_SHOT_CLASSIFICATION: ZeroShotClassification,
}


def answering(task: Task, model: TextModel) -> dict[Task, TextTask[Any]]:
    """Give what a model loaded for `task` answers; raises CannotLoad where that task is not among it."""
    known = {each: TASKS[each] for each in answered_with(task) if TASKS[each].suits(model.facts)}
    if task not in known:
        message = f"the model does not suit {task}: it has {len(model.facts.labels)} labels"
        raise CannotLoad(422, "TaskUnsupported", message)
    return {each: found(model) for each, found in known.items()}
