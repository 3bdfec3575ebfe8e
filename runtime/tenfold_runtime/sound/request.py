"""The request of every task whose input is a sound."""

from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator
from pydantic.json_schema import WithJsonSchema

from tenfold_runtime.encoded import as_bytes
from tenfold_runtime.tasks.request import Request


def _sound(value: Any) -> bytes:
    return as_bytes(value, "a sound")


Sound = Annotated[bytes, BeforeValidator(_sound), WithJsonSchema({"type": "string", "format": "byte"})]
"""A sound's file, decoded from base64."""


class SoundRequest(Request):
    inputs: Sound
    """The sound's file; in JSON as base64, with or without a data URL's prefix."""

    @model_validator(mode="before")
    @classmethod
    def _audio_is_inputs(cls, body: Any) -> Any:
        """Take the sound from `audio` where a client put it there."""
        if isinstance(body, dict) and body.get("inputs") is None and "audio" in body:
            return {**body, "inputs": body["audio"]}
        return body
