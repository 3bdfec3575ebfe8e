"""What may be asked of transformers' generate: bounded, for some of its arguments run code or take memory."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tenfold_runtime.tasks.request import Parameters

Length = Annotated[int, Field(ge=1, le=500)]
NewTokens = Annotated[int, Field(ge=1, le=16_384)]


class GenerateParameters(Parameters):
    """Arguments of generate. An unknown one is refused in its own words, which clients look for."""

    min_length: Length | None = None
    """Fewest tokens of the text."""
    max_length: Length | None = None
    """Most tokens of the text."""
    min_new_tokens: NewTokens | None = None
    """Fewest tokens of the text, as newer clients call it."""
    max_new_tokens: NewTokens | None = None
    """Most tokens of the text, as newer clients call it."""
    max_time: Annotated[float, Field(ge=0, le=120)] | None = None
    """Longest time to spend on the text, in seconds: it then ends where it is."""
    do_sample: bool | None = None
    """Draw tokens instead of taking the likeliest. temperature, top_k, top_p or typical_p ask for it too."""
    temperature: Annotated[float, Field(ge=0, le=100)] | None = None
    """0 takes the likeliest tokens."""
    top_k: Annotated[int, Field(ge=1)] | None = None
    """Draw from this many of the likeliest tokens."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """Draw from the fewest of the likeliest tokens whose probabilities reach this."""
    typical_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """Draw from the most typical tokens whose probabilities reach this."""
    epsilon_cutoff: Annotated[float, Field(ge=0, lt=1)] | None = None
    """Least probability of a token that is drawn."""
    eta_cutoff: Annotated[float, Field(ge=0, le=1)] | None = None
    """Least probability of a token that is drawn, lowered where the network is unsure."""
    repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = None
    """Above 1, tokens of the text so far become less likely."""
    encoder_repetition_penalty: Annotated[float, Field(gt=0, le=100)] | None = None
    """Above 1, tokens of the input become likelier."""
    no_repeat_ngram_size: Annotated[int, Field(ge=0, le=500)] | None = None
    """No so many tokens in a row come twice."""
    encoder_no_repeat_ngram_size: Annotated[int, Field(ge=0, le=500)] | None = None
    """No so many tokens in a row of the input come again."""
    num_beams: Annotated[int, Field(ge=1, le=16)] | None = None
    """Texts that are followed side by side."""
    early_stopping: bool | Literal["never"] | None = None
    """When beam search ends."""
    length_penalty: Annotated[float, Field(ge=-100, le=100)] | None = None
    """Above 0, longer texts are preferred among beams."""
    num_return_sequences: Annotated[int, Field(ge=1, le=10)] | None = None
    """How many texts to give; at most as many as there are beams, unless tokens are drawn without beams."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Makes drawing repeatable."""

    @model_validator(mode="before")
    @classmethod
    def _all_used(cls, given: Any) -> Any:
        unused = sorted(given.keys() - cls.model_fields.keys()) if isinstance(given, dict) else []
        if unused:
            raise PydanticCustomError(
                "model_kwargs",
                "the following arguments cannot be used. The following `model_kwargs` are not used by the "
                "model: {unused}; known are {known}",
                {"unused": str(unused), "known": ", ".join(sorted(cls.model_fields))},
            )
        return given

    @model_validator(mode="after")
    def _shortest_below_longest(self) -> Self:
        for fewest, most in (("min_length", "max_length"), ("min_new_tokens", "max_new_tokens")):
            low, high = getattr(self, fewest), getattr(self, most)
            if low is not None and high is not None and low > high:
                raise PydanticCustomError(
                    "lengths",
                    "`{fewest}` is {low}, which is more than `{most}`, {high}",
                    {"fewest": fewest, "low": low, "most": most, "high": high},
                )
        return self

    def arguments(self) -> dict[str, Any]:
        """Give the arguments as generate has them, without the seed."""
        given = self.model_dump(include=set(GenerateParameters.model_fields) - {"seed"}, exclude_none=True)
        if given.get("temperature") == 0:
            return {**given, "do_sample": False, "temperature": None}
        if self._warped:
            given.setdefault("do_sample", True)
        if "max_length" in given:  # a model's own max_new_tokens would go before it
            given.setdefault("max_new_tokens", None)
        return given

    @property
    def _warped(self) -> bool:
        """Whether something is asked for that only drawing can give."""
        warps = (self.temperature or 1.0) != 1.0, (self.top_p or 1.0) < 1.0, (self.typical_p or 1.0) < 1.0
        return any(warps) or self.top_k is not None
