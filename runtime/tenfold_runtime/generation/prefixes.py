"""Keys and values of texts that are done: a prompt that begins like one of them takes up the rest only."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from tenfold_runtime.generation.cache import Cache, Cached

SHORTEST = 64
"""Fewest tokens that are worth a copy: shorter prompts are taken up faster in one run with others."""


class Prefixes:
    """What has left a cache, up to `most_bytes`; what was of use last goes last."""

    def __init__(self, cache: Cache, most_bytes: int) -> None:
        self._cache = cache
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[int, ...], list[Cached]] = OrderedDict()
        self._bytes = 0

    def keep(self, tokens: Sequence[int], row: int) -> None:
        """Keep what a row of the cache holds of `tokens`, in place of what they begin with."""
        size = len(tokens) * self._cache.shape.token_bytes
        if len(tokens) < SHORTEST or size > self._most_bytes or self._covers(tokens):
            return
        for shorter in [kept for kept in self._kept if common(kept, tokens) == len(kept)]:
            self._drop(shorter)
        while self._bytes + size > self._most_bytes:
            self._drop(next(iter(self._kept)))
        self._kept[tuple(tokens)] = self._cache.copied(row, len(tokens))
        self._bytes += size

    def restore(self, prompt: Sequence[int], row: int) -> int:
        """Write the longest known beginning of a prompt into a row; give its tokens, never all of them."""
        lengths = {kept: common(kept, prompt[:-1]) for kept in self._kept}
        best = max(lengths, key=lambda kept: lengths[kept], default=None)
        if best is None or lengths[best] < SHORTEST:
            return 0
        self._kept.move_to_end(best)
        self._cache.write(row, self._kept[best], lengths[best])
        return lengths[best]

    def _covers(self, tokens: Sequence[int]) -> bool:
        return any(common(kept, tokens) == len(tokens) for kept in self._kept)

    def _drop(self, kept: tuple[int, ...]) -> None:
        del self._kept[kept]
        self._bytes -= len(kept) * self._cache.shape.token_bytes


def common(some: Sequence[int], others: Sequence[int]) -> int:
    """Count the tokens with which both begin."""
    shorter = min(len(some), len(others))
    differs = np.flatnonzero(np.array(some[:shorter]) != np.array(others[:shorter]))
    return int(differs[0]) if len(differs) else shorter
