"""How long a text a model can read or write: it has so many positions."""

from typing import Any, Literal

from tenfold_runtime.errors import InvalidInput

# Where positions are relative and nothing but memory ends a text.
_MANY_TOKENS = 4096


def positions(config: Any, part: Literal["encoder", "decoder"]) -> int:
    """Give the positions of the encoder or decoder."""
    own = getattr(config, f"max_{part}_position_embeddings", None)
    return int(own or getattr(config, "max_position_embeddings", None) or _MANY_TOKENS)


def limit_defaults(pipeline: Any, most_new: int) -> None:
    """Hold a pipeline's default of new tokens to what the model has positions for."""
    generation = pipeline.generation_config
    if generation.max_new_tokens is not None:
        generation.max_new_tokens = min(generation.max_new_tokens, most_new - 1)


def refuse_longer(arguments: dict[str, Any], most_new: int) -> None:
    """Raise InvalidInput where arguments of generate ask for a text with more tokens."""
    for name in ("max_new_tokens", "max_length"):
        if (arguments.get(name) or 0) > most_new:
            raise InvalidInput(f"parameters.{name}", f"this model writes at most {most_new} tokens")
