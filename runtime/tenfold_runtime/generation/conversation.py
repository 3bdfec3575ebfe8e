"""Conversations as the classic service had them: what was said before, and the reply to what is said now."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from tenfold_runtime.generation.requests import TextGenerationParameters
from tenfold_runtime.tasks.request import Request

_INPUTS_ARE_AN_OBJECT = re.compile(rb'"inputs"\s*:\s*\{')


class Conversation(BaseModel):
    text: Annotated[str, Field(min_length=1)]
    """What is said now."""
    past_user_inputs: list[str] = []
    """What was said before, in order."""
    generated_responses: list[str] = []
    """The replies to it."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _a_reply_each(self) -> Self:
        said, replied = len(self.past_user_inputs), len(self.generated_responses)
        if said != replied:
            raise PydanticCustomError(
                "turns",
                "`past_user_inputs` has {said} texts and `generated_responses` {replied}; each has a reply",
                {"said": said, "replied": replied},
            )
        return self

    def shortening(self) -> Iterator[list[str]]:
        """Give everything said, the user first and now last; then ever less of it, the oldest left out."""
        pairs = list(zip(self.past_user_inputs, self.generated_responses, strict=True))
        for start in range(len(pairs) + 1):
            yield [text for pair in pairs[start:] for text in pair] + [self.text]

    def answered(self, reply: str) -> dict[str, Any]:
        """Give the answer of the service."""
        conversation = {
            "past_user_inputs": [*self.past_user_inputs, self.text],
            "generated_responses": [*self.generated_responses, reply],
        }
        return {"generated_text": reply, "conversation": conversation, "warnings": []}


class ReplyParameters(TextGenerationParameters):
    """`parameters` of conversational, for a decoder."""

    max_length: Annotated[int, Field(ge=1, le=500)] | None = None
    """Most new tokens, as the classic service called it."""
    num_return_sequences: Literal[1] = 1
    best_of: Literal[1] = 1
    details: Literal[False] = False
    decoder_input_details: Literal[False] = False

    @property
    def most(self) -> int | None:
        return self.max_new_tokens or self.max_length


class ReplyRequest(Request):
    """A body of conversational, for a decoder."""

    inputs: Conversation
    """A text, and what was said before it."""
    parameters: ReplyParameters = ReplyParameters()


def messages(turns: list[str]) -> list[dict[str, Any]]:
    """Give turns, the user's first, as chat templates read them."""
    roles = ("user", "assistant")
    return [{"role": roles[number % 2], "content": text} for number, text in enumerate(turns)]


def is_conversation(body: bytes) -> bool:
    """Tell by its inputs a body that is no text to go on with."""
    return _INPUTS_ARE_AN_OBJECT.search(body) is not None
