"""Requests for text: text-generation-inference's dialect, of which the classic one is a part."""

import random
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tenfold_runtime.generation.grammars import AskedGrammar
from tenfold_runtime.generation.sampling import Sampling
from tenfold_runtime.tasks.request import Parameters, Request, Texts

Stops = Annotated[list[Annotated[str, Field(min_length=1)]], Field(max_length=16)]


class TextGenerationParameters(Parameters):
    """`parameters` of text-generation."""

    max_new_tokens: Annotated[int, Field(ge=1)] | None = None
    """Most new tokens; by default 100, or as many as the model has room for."""
    max_time: Annotated[float, Field(gt=0, le=3600)] | None = None
    """Longest time to spend on new tokens, in seconds."""
    return_full_text: bool | None = None
    """Put the prompt before the text; by default true, false at /generate."""
    num_return_sequences: Annotated[int, Field(ge=1, le=10)] = 1
    """How many texts to give; more than one only where tokens are sampled."""
    best_of: Annotated[int, Field(ge=1, le=10)] = 1
    """Generate this many texts and give the likeliest; more than one only where tokens are sampled."""
    do_sample: bool | None = None
    """Draw tokens instead of taking the likeliest. temperature, top_k, top_p or typical_p ask for it too."""
    temperature: Annotated[float, Field(gt=0, le=100)] | None = None
    top_k: Annotated[int, Field(ge=1)] | None = None
    """Draw from this many of the likeliest tokens."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """Draw from the fewest of the likeliest tokens whose probabilities reach this."""
    typical_p: Annotated[float, Field(gt=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = None
    """Above 1, tokens of the prompt and the text so far become less likely."""
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    """Taken off a token's score for each time that it was generated."""
    seed: Annotated[int, Field(ge=0, lt=2**64)] | None = None
    """Makes sampling repeatable."""
    stop: Stops = []
    """Strings that end the text; the one that did is part of it."""
    stop_sequences: Stops = []
    """Another name of stop."""
    truncate: Annotated[int, Field(ge=1)] | None = None
    """Keep only this many tokens of the prompt, the last ones."""
    details: bool = False
    """Tell every token, its probability, and why the text ended."""
    decoder_input_details: bool = False
    """Tell the prompt's tokens and their probabilities too."""
    top_n_tokens: Annotated[int, Field(ge=0, le=20)] | None = None
    """Tell this many of the likeliest tokens at each place."""
    grammar: AskedGrammar | None = None
    """What the text must be: JSON of a schema, or what a regular expression matches."""
    watermark: Literal[False] | None = None
    adapter_id: None = None

    @model_validator(mode="after")
    def _several_only_when_sampled(self) -> Self:
        for name in ("best_of", "num_return_sequences"):
            if getattr(self, name) > 1 and not self.sampled:
                raise PydanticCustomError(
                    "sampling", "you must use sampling when `{name}` is > 1", {"name": name}
                )
        return self

    @property
    def sampled(self) -> bool:
        """Whether tokens are drawn. As in text-generation-inference, asking for a warper asks for that."""
        warps = (self.temperature or 1.0) != 1.0 or (self.top_p or 1.0) < 1.0
        return bool(self.do_sample or warps or self.top_k or (self.typical_p or 1.0) < 1.0)

    def sampling(self) -> Sampling:
        """Give the sampling that is asked for, with a seed of its own."""
        return Sampling(
            sampled=self.sampled,
            temperature=self.temperature or 1.0,
            top_k=self.top_k or 0,
            top_p=self.top_p or 1.0,
            typical_p=self.typical_p or 1.0,
            repetition_penalty=self.repetition_penalty or 1.0,
            frequency_penalty=self.frequency_penalty or 0.0,
            seed=random.getrandbits(63) if self.seed is None else self.seed,
        )

    @property
    def repeatable(self) -> bool:
        """Whether the same request gives the same text again."""
        return self.max_time is None and (self.seed is not None or not self.sampled)

    @property
    def is_guided(self) -> bool:
        """Whether a grammar has to be made for it."""
        return self.grammar is not None

    @property
    def stops(self) -> tuple[str, ...]:
        return (*self.stop, *self.stop_sequences)


class TextGenerationRequest(Request):
    """A body of text-generation."""

    inputs: Texts
    """The text to go on with, or a list of them."""
    parameters: TextGenerationParameters = TextGenerationParameters()
    stream: bool = False
    """Answer with server-sent events, one a token."""

    full_text_by_default: ClassVar[bool] = True

    @property
    def full_text(self) -> bool:
        """Whether the prompt is put before the text."""
        asked = self.parameters.return_full_text
        return self.full_text_by_default if asked is None else asked

    @property
    def is_guided(self) -> bool:
        """Whether a grammar has to be made for it."""
        return self.parameters.grammar is not None

    @property
    def repeatable(self) -> bool:
        """Whether the same request gives the same text again."""
        return self.parameters.repeatable

    @model_validator(mode="after")
    def _streamed_alone(self) -> Self:
        asked = self.parameters
        if not self.stream:
            return self
        if isinstance(self.inputs, list):
            raise PydanticCustomError("stream", "`inputs` must be a string when `stream` is true")
        for name in ("best_of", "num_return_sequences"):
            if getattr(asked, name) > 1:
                raise PydanticCustomError(
                    "stream", "`{name}` must be 1 when `stream` is true", {"name": name}
                )
        if asked.decoder_input_details:
            raise PydanticCustomError("stream", "`decoder_input_details` is not given when `stream` is true")
        return self


class GenerateRequest(TextGenerationRequest):
    """A body of /generate, which never streams."""

    full_text_by_default = False

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, body: Any) -> Any:
        return {**body, "stream": False} if isinstance(body, dict) else body


class GenerateStreamRequest(TextGenerationRequest):
    """A body of /generate_stream, which always streams."""

    full_text_by_default = False

    @model_validator(mode="before")
    @classmethod
    def _streamed(cls, body: Any) -> Any:
        return {**body, "stream": True} if isinstance(body, dict) else body
