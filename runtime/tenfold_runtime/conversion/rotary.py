"""Rotary positions as tables, for an operator that turns queries and keys itself.

They are those of RoFormer (Su et al. 2021), of which channel i is turned with channel i + half. What a model
computes of a position is looked up: GroupQueryAttention takes cosines and sines, (positions, half) each.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

_FUNCTION = "apply_rotary_pos_emb"
_MULTIPLE = 16  # of channels, which the operator wants of a head
_MOST = 2**24  # numbers in a table
# Those that depend on nothing but the position.
_STEADY = frozenset({"default", "linear", "llama3", "yarn"})


def tables(model: Any, size: int) -> tuple[Tensor, Tensor] | None:
    """Give cosines and sines, (positions, half) each; None where the operator cannot turn as the model does.

    size: of a head, in channels.
    """
    modules = [one for one in model.modules() if type(one).__name__.endswith("RotaryEmbedding")]
    positions: int = getattr(model.config, "max_position_embeddings", 0)
    is_known = len(modules) == 1 and hasattr(_code(model), _FUNCTION)
    if not is_known or size % _MULTIPLE or not 0 < positions * size // 2 <= _MOST:
        return None
    return _tables(modules[0], positions)


def _tables(module: nn.Module, positions: int) -> tuple[Tensor, Tensor] | None:
    if getattr(module, "rope_type", None) not in _STEADY:
        return None
    with torch.no_grad():
        cosines, sines = (one[0] for one in module(torch.zeros(1), torch.arange(positions)[None]))
    half = cosines.shape[-1] // 2
    if not (
        torch.equal(cosines[:, :half], cosines[:, half:]) and torch.equal(sines[:, :half], sines[:, half:])
    ):
        return None
    return cosines[:, :half].contiguous(), sines[:, :half].contiguous()


@contextmanager
def left_out(model: Any, note: Callable[[], None]) -> Iterator[None]:
    """Have the model turn nothing within the block; `note` is called where a layer would."""

    def leave(queries: Tensor, keys: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        note()
        return queries, keys

    code = _code(model)
    kept = getattr(code, _FUNCTION)
    setattr(code, _FUNCTION, leave)
    try:
        yield
    finally:
        setattr(code, _FUNCTION, kept)


def _code(model: Any) -> Any:
    return sys.modules[type(model).__module__]
