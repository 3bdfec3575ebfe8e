"""What a network says of a coarse grid, told of every pixel: interpolation as torch does it, without torch.

Pixels' middles correspond, not their edges: torch's `align_corners=False`.
"""

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Indices: TypeAlias = npt.NDArray[np.int64]

# Most numbers that are held at once while a grid is enlarged: 64 MB.
_STRIPE = 16_000_000


def stripes(height: int, numbers: int) -> Iterator[slice]:
    """Cut rows, each of so many numbers, into stripes that fit into memory."""
    rows = max(1, _STRIPE // numbers)
    return (slice(start, start + rows) for start in range(0, height, rows))


def neighbours(given: int, wanted: int) -> tuple[Indices, Indices, Floats]:
    """Give, for each wanted position, the given ones before and after it, and the weight of the latter."""
    places = np.maximum(_places(given, wanted), 0)
    before = np.minimum(places.astype(np.int64), given - 1)
    after = np.minimum(before + 1, given - 1)
    return before, after, places - before.astype(np.float32)


def bicubic(grid: Floats, height: int, width: int) -> Floats:
    """Enlarge a grid (h, w), or make it smaller, by cubic convolution of four neighbours each way."""
    rows, columns = _taps(grid.shape[0], height), _taps(grid.shape[1], width)
    enlarged = np.empty((height, width), np.float32)
    for stripe in stripes(height, 4 * width):
        tall = np.add.reduce([grid[index[stripe]] * weight[stripe, None] for index, weight in rows])
        enlarged[stripe] = np.add.reduce([tall[:, index] * weight for index, weight in columns])
    return enlarged


def _taps(given: int, wanted: int) -> list[tuple[Indices, Floats]]:
    """Give four neighbours of each wanted position, each with its weight; beyond the edge the edge counts."""
    places = _places(given, wanted)
    floor = np.floor(places)
    return [
        (np.clip(floor.astype(np.int64) + step, 0, given - 1), _cubic(np.abs(places - floor - step)))
        for step in (-1, 0, 1, 2)
    ]


def _cubic(distance: Floats, a: float = -0.75) -> Floats:
    """Keys' kernel (1981), with torch's `a`."""
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    return np.where(distance <= 1, near, far).astype(np.float32)


def _places(given: int, wanted: int) -> Floats:
    middles = np.arange(wanted, dtype=np.float32) + np.float32(0.5)
    places: Floats = middles * np.float32(given / wanted) - np.float32(0.5)
    return places
