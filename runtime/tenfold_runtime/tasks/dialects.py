"""Paths where a text model answers in another API's dialect: OpenAI's, and text-embeddings-inference's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks import embeddings
from tenfold_runtime.tasks.request import Request
from tenfold_runtime.tasks.sentence_similarity import SentenceSimilarityRequest
from tenfold_runtime.tasks.tei import EmbedRequest, PredictRequest
from tenfold_runtime.tasks.text_ranking import TextRankingRequest


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked at a path, and what the network gave."""

    request: Any
    hosted: Any
    """The request as the hosted API would have it."""
    task: Any
    encodings: list[Encoding]
    outputs: list[Outputs]
    model: str

    def answer(self) -> Any:
        """Give the answer of the hosted API."""
        return self.task.answer(self.hosted, self.encodings, self.outputs, Client())


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a task of the hosted API answers the requests at one path."""

    task: Task
    request: type[Request]
    hosted: Callable[[Any], Any]
    answer: Callable[[Run], Any] = Run.answer


def _openai(run: Run) -> Any:
    vectors = run.task.sentence_vectors(run.outputs)
    tokens = sum(len(encoding) for encoding in run.encodings)
    return embeddings.answer(run.request, vectors, tokens, run.model)


def _every_token(run: Run) -> Any:
    return [np.ascontiguousarray(tokens) for tokens, *_ in run.outputs]


def _labels(run: Run) -> Any:
    return run.answer()[0] if run.request.alone else run.answer()


_FEATURES, _LABELS = Task.FEATURE_EXTRACTION, Task.TEXT_CLASSIFICATION

DIALECTS = {
    embeddings.PATH: Dialect(_FEATURES, embeddings.EmbeddingsRequest, embeddings.asked, _openai),
    "/embed": Dialect(
        _FEATURES,
        EmbedRequest,
        EmbedRequest.as_hosted,
        lambda run: run.request.vectors(run.task, run.outputs),
    ),
    "/embed_all": Dialect(_FEATURES, EmbedRequest, EmbedRequest.as_hosted, _every_token),
    "/similarity": Dialect(Task.SENTENCE_SIMILARITY, SentenceSimilarityRequest, lambda asked: asked),
    "/predict": Dialect(_LABELS, PredictRequest, PredictRequest.as_hosted, _labels),
    "/rerank": Dialect(Task.TEXT_RANKING, TextRankingRequest, lambda asked: asked),
}
"""By path."""
