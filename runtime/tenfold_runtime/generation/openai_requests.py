"""Requests in OpenAI's dialect: completions and chats. What clients send beside these fields is ignored."""

import random
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tenfold_runtime.generation.grammars import AskedGrammar, ResponseFormat, Rule
from tenfold_runtime.generation.sampling import Sampling
from tenfold_runtime.generation.tools import NamedFunction, NamedTool, Offer, ToolCall, Tools
from tenfold_runtime.tasks.request import Request, Texts, listed

Stop = Annotated[str, Field(min_length=1)]
Token = Annotated[int, Field(ge=0, lt=2**31)]


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class OpenAIRequest(Request):
    """What completions and chats share."""

    model: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    """How many answers to give."""
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=100)] | None = None
    """1 by default; 0 takes the likeliest token."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=1)] | None = None
    typical_p: Annotated[float, Field(gt=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = None
    do_sample: bool | None = None
    """These four as in text-generation: @huggingface/inference asks for texts with them here."""
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None
    stop: Stop | Annotated[list[Stop], Field(max_length=16)] | None = None
    logit_bias: (
        Annotated[dict[Token, Annotated[float, Field(ge=-100, le=100)]], Field(max_length=1024)] | None
    ) = None
    """Added to the scores of these tokens, which are named by their ids."""
    response_format: ResponseFormat | None = None
    """What the text must be: JSON, say."""

    @model_validator(mode="after")
    def _streamed_alone(self) -> Self:
        if self.stream and self.several > 1:
            raise PydanticCustomError("stream", "`n` must be 1 when `stream` is true")
        return self

    @property
    def several(self) -> int:
        """How many answers to give to each prompt."""
        return self.n or 1

    @property
    def rule(self) -> Rule | None:
        """What the text must be, where not every text will do."""
        return self.response_format.rule("response_format") if self.response_format else None

    @property
    def is_guided(self) -> bool:
        """Whether a grammar may have to be made for it."""
        return self.response_format is not None

    def sampling(self) -> Sampling:
        """Give the sampling that is asked for, with a seed of its own."""
        return Sampling(
            sampled=self.is_sampled,
            temperature=self.temperature or 1.0,
            top_k=self.top_k or 0,
            top_p=self.top_p or 1.0,
            typical_p=self.typical_p or 1.0,
            repetition_penalty=self.repetition_penalty or 1.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            presence_penalty=self.presence_penalty or 0.0,
            bias=self.logit_bias or {},
            seed=random.getrandbits(63) if self.seed is None else self.seed % 2**64,
        )

    @property
    def is_sampled(self) -> bool:
        """Whether tokens are drawn."""
        return self.temperature != 0 and self.do_sample is not False

    @property
    def repeatable(self) -> bool:
        """Whether the same request gives the same text again."""
        return self.seed is not None or not self.is_sampled

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
    best_of: Literal[1] | None = None
    suffix: None = None
    grammar: AskedGrammar | None = None
    """As text-generation-inference has it: @huggingface/inference asks for texts here."""

    @property
    def echoed(self) -> list[str]:
        """What to put before each answer; empty where it is nothing."""
        return [text for text in listed(self.prompt) for _ in range(self.several)] if self.echo else []

    @property
    def rule(self) -> Rule | None:
        return self.grammar.rule("grammar") if self.grammar else super().rule

    @property
    def is_guided(self) -> bool:
        return self.grammar is not None or super().is_guided


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
    tool_calls: list[ToolCall] | None = None
    """What the assistant called. The messages of role `tool` that follow tell what came of it."""

    @field_validator("content")
    @classmethod
    def _is_said(cls, content: Any, info: ValidationInfo) -> Any:
        if content is None and info.data.get("role") != "assistant":
            raise PydanticCustomError("missing", "field required")
        return content

    def for_template(self) -> dict[str, Any]:
        """Give the message with its text in one piece, which is what templates of text models read."""
        told = self.model_dump(exclude={"tool_calls"})
        if isinstance(self.content, list):
            told["content"] = "".join(part.text for part in self.content)
        if self.tool_calls:
            told["tool_calls"] = [call.for_template() for call in self.tool_calls]
        if self.role == "developer":  # OpenAI's newer name of it, which templates do not know
            told["role"] = "system"
        return told


class ChatRequest(OpenAIRequest):
    """A body of /v1/chat/completions."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tools: Tools | None = None
    """Functions that the model may call."""
    tool_choice: Literal["none", "auto", "required"] | NamedTool | NamedFunction | str | None = None
    """Whether to call functions, or which one; `auto` by default."""
    parallel_tool_calls: bool | None = None
    """False for one call at most."""
    tool_prompt: str | None = None
    """What to say of the functions, to a model whose chat template does not tell of them."""
    functions: Annotated[list[Any], Field(max_length=0)] | None = None
    modalities: list[Literal["text"]] | None = None

    @field_validator("top_logprobs")
    @classmethod
    def _with_logprobs(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value and not info.data.get("logprobs"):
            raise PydanticCustomError("logprobs", "`logprobs` must be true for top_logprobs")
        return value

    @model_validator(mode="after")
    def _choice_is_offered(self) -> Self:
        name, offered = self._chosen, [tool.function.name for tool in self.tools or ()]
        if name is not None and name not in offered:
            raise PydanticCustomError(
                "tool_choice",
                "`tool_choice` names {name}; offered in `tools` are: {offered}",
                {"name": name, "offered": ", ".join(offered) or "none"},
            )
        if self.tool_choice == "required" and not offered:
            raise PydanticCustomError("tool_choice", "`tool_choice` is required, and `tools` has none")
        return self

    @property
    def _chosen(self) -> str | None:
        """The function that must be called."""
        match self.tool_choice:
            case NamedTool(function=NamedFunction(name=name)) | NamedFunction(name=name):
                return name
            case "none" | "auto" | "required" | None:
                return None
            case name:
                return name

    @property
    def tools_for_template(self) -> list[dict[str, Any]] | None:
        """The tools, as OpenAI writes them; none where none may be called."""
        if self.tool_choice == "none" or not self.tools:
            return None
        return [tool.model_dump(exclude_none=True) for tool in self.tools]

    @property
    def offer(self) -> Offer:
        """What the answer may be."""
        functions = {place: tool.function for place, tool in enumerate(self.tools or ())}
        if self.tool_choice == "none" or not functions:
            return Offer(answer=self.rule)
        if (name := self._chosen) is not None:
            chosen = {place: function for place, function in functions.items() if function.name == name}
            return Offer(chosen, must_call=True, several=False)
        several = self.parallel_tool_calls is not False
        return Offer(functions, self.tool_choice == "required", several, self.rule)

    @property
    def is_guided(self) -> bool:
        return bool(self.tools) or super().is_guided

    @property
    def most(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens
