"""The bodies of requests: what every task's request and its parameters have in common."""

from typing import Annotated, Any

from pydantic import ConfigDict, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.described import Described

# Tags of inputs that come alone or in a list. They are no part of a field's path.
ONE, MANY = "<one>", "<many>"


class Parameters(Described):
    """A task's `parameters`. An unknown one is refused, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(Described):
    """A task's body. Unknown keys at the root are ignored: clients send `model` and `options` there."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_parameters(cls, body: Any) -> Any:
        """No parameters may be said with null, as some clients do."""
        if isinstance(body, dict) and body.get("parameters", {}) is None:
            return {key: value for key, value in body.items() if key != "parameters"}
        return body


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
