"""text-classification: the labels of a text, or of a pair of texts, with their scores."""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import Parameters, Request
from tenfold_runtime.tasks.scores import best, sigmoid, softmax


class Pair(BaseModel):
    text: str
    text_pair: str


def _one(value: Any) -> str | Pair:
    if isinstance(value, str):
        return value
    try:
        return Pair.model_validate(value)
    except ValidationError:
        problem = 'must be a string, a pair {"text": …, "text_pair": …}, or a list of either'
        raise PydanticCustomError("texts", problem) from None


def _texts_or_pairs(value: Any) -> list[str | Pair]:
    if value == []:
        raise PydanticCustomError("empty", "the list is empty; give at least one text")
    return [_one(item) for item in value] if isinstance(value, list) else [_one(value)]


TextsOrPairs = Annotated[list[str | Pair], PlainValidator(_texts_or_pairs), WithJsonSchema({})]


class TextClassificationParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] | None = None
    """How many labels; all of them by default."""
    function_to_apply: Literal["sigmoid", "softmax", "none"] | None = None
    """What makes scores of the network's outputs; by default what the model was trained for."""
    truncation: bool = False
    """Cut a text that is too long instead of refusing it."""


class TextClassificationRequest(Request):
    inputs: TextsOrPairs
    """A text, a pair of texts, or a list of either."""
    parameters: TextClassificationParameters = TextClassificationParameters()


class TextClassification(TextTask[TextClassificationRequest]):
    task = Task.TEXT_CLASSIFICATION
    request = TextClassificationRequest
    example = {"inputs": "I like this very much."}

    def encode(self, request: TextClassificationRequest) -> list[Encoding]:
        truncate = request.parameters.truncation
        return [self._encode_one(item, truncate=truncate) for item in request.inputs]

    def _encode_one(self, item: str | Pair, *, truncate: bool) -> Encoding:
        if isinstance(item, str):
            return self.tokenizer.encode(item, truncate=truncate)
        return self.tokenizer.encode(item.text, item.text_pair, truncate=truncate)

    def answer(
        self,
        request: TextClassificationRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        return [self._labels(logits, request.parameters) for logits, *_ in outputs]

    def _labels(self, logits: npt.NDArray[np.float32], parameters: TextClassificationParameters) -> Any:
        scores = self._scores(logits, parameters.function_to_apply)
        order = best(scores, parameters.top_k)
        return [{"label": self.facts.labels[index], "score": float(scores[index])} for index in order]

    def _scores(self, logits: npt.NDArray[np.float32], function: str | None) -> npt.NDArray[np.float32]:
        match function or self._trained_for(len(logits)):
            case "sigmoid":
                return sigmoid(logits)
            case "softmax":
                return softmax(logits)
        return logits

    def _trained_for(self, labels: int) -> str:
        if self.facts.problem_type == "regression":
            return "none"
        several = self.facts.problem_type == "multi_label_classification"
        return "sigmoid" if several or labels == 1 else "softmax"
