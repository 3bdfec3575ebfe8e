"""The keys and values of every sequence in the running batch, in memory that is never copied for a step."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float32]
Cached: TypeAlias = npt.NDArray[np.floating[Any]]
"""Keys or values, of the type that the graph keeps them in."""

_FEWEST_TOKENS = 256  # that a row has room for at first


@dataclass(frozen=True, slots=True)
class Shape:
    """What a decoder graph says of its cache."""

    arrays: int
    """Two a layer: keys and values."""
    heads: int
    size: int
    """Of a head."""
    kind: type[np.floating[Any]] = np.float32

    @property
    def token_bytes(self) -> int:
        """What one token of one row takes."""
        return np.dtype(self.kind).itemsize * self.arrays * self.heads * self.size


class Cache:
    """Places for up to `rows` sequences. A row has room for few tokens at first, for twice as many where more
    are needed, and keeps it until `shrink`: fresh memory is slow the first time that it is written.

    A row takes no memory before it is written: the system gives pages then.
    """

    def __init__(self, shape: Shape, rows: int, most_tokens: int) -> None:
        self.shape = shape
        self.rows = rows
        self._most_tokens = most_tokens
        self.arrays = self._empty(min(_FEWEST_TOKENS, most_tokens))

    @property
    def capacity(self) -> int:
        """Tokens that a row has room for now."""
        return int(self.arrays[0].shape[2])

    def shrink(self) -> None:
        """Forget everything, and give back what was taken for long sequences."""
        if self.capacity > _FEWEST_TOKENS:
            self.arrays = self._empty(_FEWEST_TOKENS)

    def _empty(self, capacity: int) -> list[Cached]:
        shape = (self.rows, self.shape.heads, capacity, self.shape.size)
        return [np.zeros(shape, self.shape.kind) for _ in range(self.shape.arrays)]

    def grown(self, tokens: int) -> int:
        """Give the capacity that the cache would have once a row holds `tokens`."""
        most, grown = max(self._most_tokens, tokens), self.capacity
        while grown < tokens:
            grown *= 2
        return min(grown, most)

    def make_room(self, tokens: int, rows: int) -> None:
        """Let a row have room for `tokens`. What the first `rows` rows hold is kept."""
        before, capacity = self.arrays, self.capacity
        if tokens > capacity:
            self.arrays = self._empty(self.grown(tokens))
            for old, new in zip(before, self.arrays, strict=True):
                new[:rows, :, :capacity] = old[:rows]

    def move(self, source: int, target: int, tokens: int) -> None:
        """Copy a row's first `tokens` to another row."""
        for array in self.arrays:
            array[target, :, :tokens] = array[source, :, :tokens]

    def copied(self, row: int, tokens: int) -> list[Cached]:
        """Give a copy of a row's first `tokens`, an array (heads, tokens, size) for each of the cache."""
        return [array[row, :, :tokens].copy() for array in self.arrays]

    def write(self, row: int, copied: list[Cached], tokens: int) -> None:
        """Write the first `tokens` of a copy into a row."""
        for array, part in zip(self.arrays, copied, strict=True):
            array[row, :, :tokens] = part[:, :tokens]
