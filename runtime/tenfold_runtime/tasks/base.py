"""The shape that every task has: a request, encodings of it, and the answer made of the network's outputs."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.facts import Facts
from tenfold_runtime.network import Outputs
from tenfold_runtime.tokenizer import TextTokenizer


class Parameters(BaseModel):
    """A task's `parameters`. An unknown one is refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Request(BaseModel):
    """A task's body. Unknown keys at the root are ignored: clients send `model` and `options` there."""

    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _null_parameters(cls, body: Any) -> Any:
        """No parameters may be said with null, as some clients do."""
        if isinstance(body, dict) and body.get("parameters", {}) is None:
            return {key: value for key, value in body.items() if key != "parameters"}
        return body


R = TypeVar("R", bound=Request)

# Tags of inputs that come alone or in a list. They are no part of a field's path.
ONE, MANY = "<one>", "<many>"


@dataclass(frozen=True, slots=True)
class TextModel:
    """What every text task needs of a loaded model."""

    tokenizer: TextTokenizer
    facts: Facts


class TextTask(ABC, Generic[R]):
    """A task whose input is text and whose network is run once over all sequences."""

    task: ClassVar[Task]
    request: ClassVar[type[Request]]
    example: ClassVar[dict[str, Any]]
    """A body to try the task with."""

    def __init__(self, model: TextModel) -> None:
        self.tokenizer = model.tokenizer
        self.facts = model.facts

    @classmethod
    def suits(cls, facts: Facts) -> bool:
        """Tell whether a model of these facts can answer the task."""
        return True

    def example_body(self) -> dict[str, Any]:
        """Give a body that this very model answers."""
        return self.example

    @abstractmethod
    def encode(self, request: R) -> list[Encoding]:
        """Give the sequences to run; raises InvalidInput where a field cannot be used."""

    @abstractmethod
    def answer(self, request: R, encodings: list[Encoding], outputs: list[Outputs], client: Client) -> Any:
        """Make the response, as JSON-able values and arrays, from one output per encoding."""


def _texts(value: Any) -> str | list[str]:
    if isinstance(value, str):
        return value
    if value == []:
        raise PydanticCustomError("empty", "the list is empty; give at least one string")
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return value
    raise PydanticCustomError("texts", "must be a string or a list of strings")


Texts = Annotated[
    str | list[str],
    PlainValidator(_texts),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
    ),
]
"""One text or a list of them; a list is answered with a list."""


def listed(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts


def one_or_all(inputs: Any, answers: list[Any]) -> Any:
    """Give the only answer for a lone input, the list for a list."""
    return answers if isinstance(inputs, list) else answers[0]


def inputs_from_root(body: Any, *keys: str) -> Any:
    """Move `keys` into `inputs` where a client put them at the root (huggingface_hub 0.28 does)."""
    if isinstance(body, dict) and body.get("inputs") is None and any(key in body for key in keys):
        return {**body, "inputs": {key: body[key] for key in keys if key in body}}
    return body


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """exp(x_i) / sum(exp(x)) over the last axis, any shape."""
    shifted: npt.NDArray[np.float32] = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: npt.NDArray[np.float32] = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores


def sigmoid(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """1 / (1 + exp(-x)), any shape."""
    with np.errstate(over="ignore"):
        scores: npt.NDArray[np.float32] = np.float32(1.0) / (np.float32(1.0) + np.exp(-logits))
    return scores


def best(scores: npt.NDArray[np.float32], most: int | None = None) -> Sequence[int]:
    """Give the indices of a vector's largest values, largest first; all of them by default."""
    if most is None or most >= len(scores):
        return list(map(int, np.argsort(-scores, kind="stable")))
    top = np.sort(np.argpartition(-scores, most)[:most])
    return list(map(int, top[np.argsort(-scores[top], kind="stable")]))
