"""How tokens are chosen one after another: what the clients' `generation_parameters` may hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from pydantic import Field

from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.tasks.base import Parameters

Tokens = Annotated[int, Field(ge=1, le=4096)]
Share = Annotated[float, Field(gt=0, le=1)]
Cutoff = Annotated[float, Field(ge=0, lt=1)]

_MOST_TOLD = 300  # characters of a library's message


class GenerationParameters(Parameters):
    do_sample: bool | None = None
    """Whether to draw tokens rather than take the likeliest."""
    early_stopping: bool | Literal["never"] | None = None
    """When beam search ends."""
    epsilon_cutoff: Cutoff | None = None
    """Least probability of a token that is drawn."""
    eta_cutoff: Cutoff | None = None
    """Least probability of a token that is drawn, lowered where the network is unsure."""
    max_length: Tokens | None = None
    """Most tokens, those of the prompt among them."""
    max_new_tokens: Tokens | None = None
    """Most tokens that are written."""
    min_length: Annotated[int, Field(ge=0, le=4096)] | None = None
    """Fewest tokens, those of the prompt among them."""
    min_new_tokens: Annotated[int, Field(ge=0, le=4096)] | None = None
    """Fewest tokens that are written."""
    num_beam_groups: Annotated[int, Field(ge=1, le=1)] | None = None
    """Groups of beams; one is all that is offered."""
    num_beams: Annotated[int, Field(ge=1, le=10)] | None = None
    """Texts that are followed at once."""
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = None
    """Contrastive search, which is not offered: 0."""
    temperature: Annotated[float, Field(gt=0, le=100)] | None = None
    """Below 1 likely tokens become likelier, above 1 all become alike."""
    top_k: Annotated[int, Field(ge=1)] | None = None
    """How many of the likeliest tokens are drawn from."""
    top_p: Share | None = None
    """Tokens are drawn from the likeliest, which have this probability together."""
    typical_p: Share | None = None
    """Tokens are drawn from the most typical, which have this probability together."""
    use_cache: bool | None = None
    """Whether attention is kept from one token to the next; faster."""


def given(parameters: Parameters | None) -> dict[str, Any]:
    """Give what the caller set."""
    return parameters.model_dump(exclude_none=True) if parameters else {}


def refuse_any(written: dict[str, Any], path: str) -> None:
    """Raise InvalidInput where parameters were given to a model that does not generate."""
    for name in written:
        raise InvalidInput(
            f"{path}.{name}", "this model does not write a token after another, and takes none"
        )


@contextmanager
def generating(written: dict[str, Any]) -> Iterator[None]:
    """Blame what the model refuses on the parameters that the caller set, where there are any."""
    try:
        yield
    except (ValueError, TypeError, IndexError, RuntimeError, InvalidArgument) as error:
        if not written:
            raise
        told = str(error).partition("\n")[0][:_MOST_TOLD]
        raise InvalidInput("parameters.generation_parameters", told) from error
