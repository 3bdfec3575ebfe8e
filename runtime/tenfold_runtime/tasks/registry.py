"""Which class answers a task. Adding a task adds a module, and a line here."""

from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.feature_extraction import FeatureExtraction
from tenfold_runtime.tasks.fill_mask import FillMask
from tenfold_runtime.tasks.question_answering import QuestionAnswering
from tenfold_runtime.tasks.sentence_similarity import SentenceSimilarity
from tenfold_runtime.tasks.text_classification import TextClassification
from tenfold_runtime.tasks.token_classification import TokenClassification
from tenfold_runtime.tasks.zero_shot_classification import ZeroShotClassification

TASKS: dict[Task, type[TextTask[Any]]] = {
    Task.FEATURE_EXTRACTION: FeatureExtraction,
    Task.FILL_MASK: FillMask,
    Task.QUESTION_ANSWERING: QuestionAnswering,
    Task.SENTENCE_SIMILARITY: SentenceSimilarity,
    Task.TEXT_CLASSIFICATION: TextClassification,
    Task.TOKEN_CLASSIFICATION: TokenClassification,
    Task.ZERO_SHOT_CLASSIFICATION: ZeroShotClassification,
}
