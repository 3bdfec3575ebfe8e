"""text-ranking: how well each of several texts answers a query, by a cross-encoder.

A query with texts is answered as text-embeddings-inference does, pairs as the inference toolkit does.
"""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Discriminator, Field, Tag, model_validator
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.facts import Facts
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import MANY, ONE, Parameters, Request
from tenfold_runtime.tasks.scores import best, sigmoid

Array = npt.NDArray[np.float32]
Side = Literal["left", "right", "Left", "Right"]


class Query(BaseModel):
    query: str
    """What the texts should answer."""
    texts: Annotated[list[str], Field(min_length=1)]
    """What is ranked."""


class Pair(BaseModel):
    text: str
    text_pair: str

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        listed = isinstance(value, list) and len(value) == 2
        return dict(zip(("text", "text_pair"), value, strict=True)) if listed else value


def _kind(inputs: Any) -> str:
    return MANY if isinstance(inputs, list) else ONE


Ranked = Annotated[
    Annotated[Query, Tag(ONE)] | Annotated[list[Pair], Field(min_length=1), Tag(MANY)], Discriminator(_kind)
]


class TextRankingParameters(Parameters):
    raw_scores: bool = False
    """Give the network's own numbers, not probabilities."""
    return_text: bool = False
    """Give each text beside its score."""
    truncate: bool = False
    """Cut a text that is too long instead of refusing it."""
    truncation_direction: Side = "right"
    """Which end is cut."""


class TextRankingRequest(Request):
    inputs: Ranked
    """A query with texts, or a list of pairs of a query and a text."""
    parameters: TextRankingParameters = TextRankingParameters()

    @model_validator(mode="before")
    @classmethod
    def _all_at_root(cls, body: Any) -> Any:
        """Accept the query, its texts and the parameters at the root, as text-embeddings-inference does."""
        if not isinstance(body, dict) or body.get("inputs") is not None or "texts" not in body:
            return body
        at_root = {key: body[key] for key in TextRankingParameters.model_fields if key in body}
        inputs = {key: body[key] for key in Query.model_fields if key in body}
        return {**body, "inputs": inputs, "parameters": {**at_root, **(body.get("parameters") or {})}}

    @property
    def pairs(self) -> list[Pair]:
        if isinstance(self.inputs, list):
            return self.inputs
        query = self.inputs.query
        return [Pair(text=query, text_pair=text) for text in self.inputs.texts]


class TextRanking(TextTask[TextRankingRequest]):
    task = Task.TEXT_RANKING
    request = TextRankingRequest
    example = {"inputs": {"query": "What is a panda?", "texts": ["A car has wheels.", "A bear of China."]}}

    @classmethod
    def suits(cls, facts: Facts) -> bool:
        """A ranking is one number a text."""
        return len(facts.labels) == 1

    def encode(self, request: TextRankingRequest) -> list[Encoding]:
        asked = request.parameters
        side: Literal["left", "right"] = "left" if asked.truncation_direction.lower() == "left" else "right"
        return [
            self.tokenizer.encode(pair.text, pair.text_pair, truncate=asked.truncate, side=side)
            for pair in request.pairs
        ]

    def answer(
        self,
        request: TextRankingRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        logits: Array = np.array([float(logits[0]) for logits, *_ in outputs], dtype=np.float32)
        if isinstance(request.inputs, list):
            raw = request.parameters.raw_scores or self.facts.ranks_by_logits
            return {"scores": logits if raw else sigmoid(logits)}
        return self._ranked(request.inputs, request.parameters, logits)

    def _ranked(self, asked: Query, parameters: TextRankingParameters, logits: Array) -> list[dict[str, Any]]:
        scores = logits if parameters.raw_scores else sigmoid(logits)
        ranking = [{"index": index, "score": float(scores[index])} for index in best(logits)]
        if not parameters.return_text:
            return ranking
        return [{**each, "text": asked.texts[int(each["index"])]} for each in ranking]
