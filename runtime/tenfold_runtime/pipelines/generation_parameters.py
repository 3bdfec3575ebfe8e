"""How tokens are chosen one after another: what `generation_parameters` may hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument
from pydantic import Field

from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines.generate_parameters import GenerateParameters

_MOST_TOLD = 300  # characters of a library's message


class GenerationParameters(GenerateParameters):
    """The arguments of generate, and what clients send besides, where it makes no difference."""

    num_return_sequences: Annotated[int, Field(ge=1, le=1)] | None = None
    """One is all that is given."""
    num_beam_groups: Annotated[int, Field(ge=1, le=1)] | None = None
    """One is all that is offered."""
    penalty_alpha: Annotated[float, Field(ge=0, le=0)] | None = None
    """Contrastive search is not offered: 0."""
    use_cache: bool | None = None
    """Taken from all clients; attention is kept from one token to the next where the model can."""


def given(parameters: GenerateParameters | None) -> dict[str, Any]:
    """Give the arguments of generate that the caller set."""
    return parameters.arguments() if parameters else {}


def seed_of(parameters: GenerateParameters | None) -> int | None:
    return parameters.seed if parameters else None


def refuse_any(arguments: dict[str, Any], path: str) -> None:
    """Raise InvalidInput where a model that does not generate was given arguments of generate."""
    for name in arguments:
        raise InvalidInput(
            f"{path}.{name}", "this model does not write a token after another, and takes none"
        )


@contextmanager
def generating(arguments: dict[str, Any], seed: int | None) -> Iterator[None]:
    """Draw by the seed, if there is one; blame what the model refuses on the caller's arguments, if any."""
    if seed is not None:
        import torch

        torch.manual_seed(seed)
    try:
        yield
    except (ValueError, TypeError, IndexError, RuntimeError, InvalidArgument) as error:
        if not arguments:
            raise
        told = str(error).partition("\n")[0][:_MOST_TOLD]
        raise InvalidInput("parameters.generation_parameters", told) from error
