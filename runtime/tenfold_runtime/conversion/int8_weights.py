"""Int8 weights as `PerTokenQuantizeMatMul` takes them, which depends on the processor.

Where products are added in 16 bits, activations have 7, and sums of eight products fit if the weights are
bounded for it: that is what makes them fast there. With VNNI four are added in 32 bits, and all have 8.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tenfold_runtime.operators import AVX2, Target

CHANNELS = 16  # as product.h has it: those of an input are a multiple

_LARGEST = 127  # of a weight

Array: TypeAlias = npt.NDArray[np.float32]
Int8: TypeAlias = npt.NDArray[np.int8]


def scales(weights: Array, target: Target) -> Array:
    """Give the finest scale for each column, float32 (columns,), with which sums fit their bits.

    weights: float32 (channels, columns).
    """
    finest = np.abs(weights).max(axis=0) / _LARGEST
    if target is AVX2:
        finest = np.maximum(finest, _bounded(weights))
    found: Array = np.maximum(finest, 1e-12).astype(np.float32)
    return found


def packed(rounded: Int8, target: Target) -> Int8:
    """Put weights, (channels, columns), in their order of use: (panels, channels / 16, 4, panel, 4)."""
    groups = filled(rounded, target).reshape(len(rounded) // CHANNELS, 4, 4, -1, target.panel)
    return np.ascontiguousarray(groups.transpose(3, 0, 1, 4, 2))


def filled(values: npt.NDArray[Any], target: Target) -> npt.NDArray[Any]:
    """Fill values of columns, the last axis, up to whole panels."""
    missing = -values.shape[-1] % target.panel
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])


def _bounded(weights: Array) -> Array:
    """Give the scales, (columns,), that bound the sums of weights whose products are added in 16 bits.

    The processor multiplies 16 channels of a row as four words of four bytes. It adds the first two of each
    word, over all four words, and the last two likewise: eight products.
    """
    room = 32767 // AVX2.levels - 4  # each of the eight weights may be rounded up by a half
    groups = np.abs(weights).reshape(-1, 4, 2, 2, weights.shape[1])
    bounded: Array = groups.sum(axis=(1, 3)).max(axis=(0, 1)) / room
    return bounded
