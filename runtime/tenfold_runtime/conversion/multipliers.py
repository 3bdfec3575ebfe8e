"""How processors multiply with int8 weights: what `PerTokenQuantizeMatMul` wants them to look like.

Where products are added in 16 bits, activations have 7, and sums of eight products fit if the weights are
bounded for it: that is what makes them fast there. With VNNI four are added in 32 bits, and all have 8.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tenfold_runtime import operators

CHANNELS = 16  # as product.h has it: those of a product are a multiple

_LARGEST = 127  # of a weight

Array: TypeAlias = npt.NDArray[np.float32]
Int8: TypeAlias = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Multiplier:
    """What multiplies, as product.h has it."""

    sum_bits: int
    """In which products are added first."""
    columns: int
    """Whose weights lie together: a panel."""
    levels: int
    """The largest quantized activation."""

    def scales(self, weights: Array) -> Array:
        """Give the finest scale for each column, float32 (columns,), with which sums fit their bits.

        weights: float32 (channels, columns).
        """
        finest = np.abs(weights).max(axis=0) / _LARGEST
        if self is SUMS_IN_16_BITS:
            finest = np.maximum(finest, _bounded(weights))
        scales: Array = np.maximum(finest, 1e-12).astype(np.float32)
        return scales

    def packed(self, rounded: Int8) -> Int8:
        """Put weights, (channels, columns), in their order of use: (panels, channels / 16, 4, panel, 4)."""
        groups = self.filled(rounded).reshape(len(rounded) // CHANNELS, 4, 4, -1, self.columns)
        return np.ascontiguousarray(groups.transpose(3, 0, 1, 4, 2))

    def filled(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Fill values of columns, the last axis, up to whole panels."""
        missing = -values.shape[-1] % self.columns
        return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])


SUMS_IN_16_BITS = Multiplier(sum_bits=16, columns=8, levels=127)
SUMS_IN_32_BITS = Multiplier(sum_bits=32, columns=48, levels=255)


def multiplier() -> Multiplier:
    """Give what multiplies on this processor."""
    return SUMS_IN_32_BITS if operators.sum_bits() == SUMS_IN_32_BITS.sum_bits else SUMS_IN_16_BITS


def _bounded(weights: Array) -> Array:
    """Give the scales, (columns,), that bound the sums of weights whose products are added in 16 bits.

    The processor multiplies 16 channels of a row as four words of four bytes. It adds the first two of each
    word, over all four words, and the last two likewise: eight products.
    """
    room = 32767 // SUMS_IN_16_BITS.levels - 4  # each of the eight weights may be rounded up by a half
    groups = np.abs(weights).reshape(-1, 4, 2, 2, weights.shape[1])
    bounded: Array = groups.sum(axis=(1, 3)).max(axis=(0, 1)) / room
    return bounded
