"""Requests in OpenAI's dialect: completions and chats. What clients send beside these fields is ignored."""

import secrets
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tenfold_runtime.generation.sampling import Sampling
from tenfold_runtime.tasks.base import Request, Texts

Stop = Annotated[str, Field(min_length=1)]


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class OpenAIRequest(Request):
    """What completions and chats share."""

    model: str | None = None
    n: Literal[1] | None = None
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=100)] | None = None
    """1 by default; 0 takes the likeliest token."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None

    def sampling(self) -> Sampling:
        """Give the sampling that is asked for, with a seed of its own."""
        return Sampling(
            sampled=self.temperature != 0,
            temperature=self.temperature or 1.0,
            top_p=self.top_p or 1.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            presence_penalty=self.presence_penalty or 0.0,
            seed=secrets.randbits(63) if self.seed is None else self.seed % 2**64,
        )

    @property
    def repeatable(self) -> bool:
        """Whether the same request gives the same text again."""
        return self.seed is not None or self.temperature == 0

    @property
    def stops(self) -> tuple[str, ...]:
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


class CompletionRequest(OpenAIRequest):
    """A body of /v1/completions."""

    prompt: Texts
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    """Tell the tokens' probabilities, and those of this many of the likeliest at each place."""
    echo: bool = False
    suffix: None = None


class TextPart(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["text"]
    text: str


class Message(BaseModel):
    """One message of a chat. Fields that are not named here reach the template as they are."""

    model_config = ConfigDict(extra="allow", frozen=True)

    role: str
    content: Annotated[str | list[TextPart] | None, Field(validate_default=True)] = None
    """The text; only the assistant may have said none, as where it called a tool."""

    @field_validator("content")
    @classmethod
    def _is_said(cls, content: Any, info: ValidationInfo) -> Any:
        if content is None and info.data.get("role") != "assistant":
            raise PydanticCustomError("missing", "field required")
        return content

    def for_template(self) -> dict[str, Any]:
        """Give the message with its text in one piece, which is what templates of text models read."""
        if not isinstance(self.content, list):
            return self.model_dump()
        return {**self.model_dump(), "content": "".join(part.text for part in self.content)}


class ResponseFormat(BaseModel):
    type: Literal["text"] = "text"


class ChatRequest(OpenAIRequest):
    """A body of /v1/chat/completions."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    response_format: ResponseFormat | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None

    @property
    def most(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens
