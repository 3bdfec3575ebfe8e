"""Requests in the dialect of text-embeddings-inference, and what the hosted API would be asked for each."""

from typing import Annotated, Any, Literal, TypeAlias

import numpy as np
from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.embedding import Array, EmbeddingParameters, normalized
from tenfold_runtime.tasks.feature_extraction import FeatureExtraction, FeatureExtractionRequest
from tenfold_runtime.tasks.request import Request, Texts, listed
from tenfold_runtime.tasks.text_classification import (
    Pair,
    TextClassificationParameters,
    TextClassificationRequest,
)

Sequences: TypeAlias = str | list[str] | list[list[str]]

_TEXT, _PAIR = 1, 2  # strings of one sequence


class EmbedRequest(Request):
    """A body of /embed and /embed_all."""

    inputs: Texts
    normalize: bool = True
    truncate: bool = False
    truncation_direction: Literal["left", "right", "Left", "Right"] = "right"
    prompt_name: str | None = None
    dimensions: Annotated[int, Field(ge=1)] | None = None

    def as_hosted(self) -> FeatureExtractionRequest:
        shared = self.model_dump(include=set(EmbeddingParameters.model_fields))
        return FeatureExtractionRequest(inputs=listed(self.inputs), parameters=EmbeddingParameters(**shared))

    def vectors(self, task: FeatureExtraction, outputs: list[Outputs]) -> Array:
        """Give one vector a text, float32 (texts, dimensions)."""
        pooled = task.text_vectors(outputs)[:, : self.dimensions]
        return normalized(pooled) if self.normalize else np.ascontiguousarray(pooled)


def _sequences(value: Any) -> Sequences:
    texts = [value] if isinstance(value, str) else value
    one = texts if _several(texts) else [texts]
    if not one or not all(_is_sequence(each) for each in one):
        problem = "must be a string, a pair of strings in a list, or a list of lists of one or two strings"
        raise PydanticCustomError("texts", problem)
    checked: Sequences = value
    return checked


def _several(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, list) for each in value)


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (_TEXT, _PAIR) and all(isinstance(t, str) for t in value)


class PredictRequest(Request):
    """A body of /predict."""

    inputs: Annotated[Sequences, PlainValidator(_sequences), WithJsonSchema({})]
    """A text, a pair of texts as a list, or a list of lists of either."""
    raw_scores: bool = False
    truncate: bool = False

    @property
    def alone(self) -> bool:
        """Whether the labels of one text, or of one pair, are asked for."""
        return not _several(self.inputs)

    def as_hosted(self) -> TextClassificationRequest:
        given: Any = [self.inputs] if self.alone else self.inputs
        parameters = TextClassificationParameters(
            function_to_apply="none" if self.raw_scores else None, truncation=self.truncate
        )
        return TextClassificationRequest(inputs=[_one(each) for each in given], parameters=parameters)


def _one(sequence: str | list[str]) -> str | Pair:
    if isinstance(sequence, str):
        return sequence
    return sequence[0] if len(sequence) == _TEXT else Pair(text=sequence[0], text_pair=sequence[1])
