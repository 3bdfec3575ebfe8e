"""From logits to the next tokens: penalties, temperature, truncation and the draw.

The transforms are those of transformers' logits processors, in the order that transformers applies them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tenfold_runtime.generation.cache import Array
from tenfold_runtime.generation.decoder import Logits
from tenfold_runtime.generation.guide import Guide

_BLOCK = 64
# What is divided by is at least this, so that no score overflows; the likeliest token is as good as certain.
_LEAST = 1e-6

Kept: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How one request wants its tokens chosen. The defaults change nothing."""

    sampled: bool = False
    """Draw a token; otherwise take the likeliest."""
    temperature: float = 1.0
    top_k: int = 0
    """Likeliest tokens to draw from; 0 for all."""
    top_p: float = 1.0
    typical_p: float = 1.0
    repetition_penalty: float = 1.0
    """Of tokens in the prompt or the text so far (Keskar et al. 2019)."""
    frequency_penalty: float = 0.0
    """Taken off for each time a token was generated, as OpenAI defines it."""
    presence_penalty: float = 0.0
    """Taken off once where a token was generated."""
    bias: Mapping[int, float] = field(default_factory=dict)
    """Added to the scores of these tokens."""
    seed: int = 0

    @property
    def penalizes(self) -> bool:
        penalties = self.frequency_penalty, self.presence_penalty, self.bias
        return self.repetition_penalty != 1.0 or any(penalties)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the logits: whose it is, and what was said before."""

    sampling: Sampling
    random: np.random.Generator | None
    """None where nothing is drawn."""
    prompt: Sequence[int]
    produced: Sequence[int]
    alternatives: int = 0
    """How many of the likeliest tokens to tell beside the chosen one."""
    guide: Guide | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the likeliest token is taken, with the probability that the network gives it."""
        return not (self.sampling.penalizes or self.sampling.sampled or self.guide)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A token, and the logarithm of the probability it had."""

    id: int
    logprob: float
    alternatives: list[tuple[int, float]] = field(default_factory=list)


def choose(logits: Logits, rows: Sequence[Row]) -> list[Chosen]:
    """Choose one token a row. The logits are changed in place."""
    scores, normalizers = logits.values, logits.normalizers.copy()
    for index, row in enumerate(rows):
        if not row.is_plain:
            prepare(scores[index], row)
            normalizers[index] = normalizer(scores[index])
    tokens = scores.argmax(axis=1)
    for index, row in enumerate(rows):
        if row.random is not None:
            tokens[index] = drawn(scores[index], row.random.random())
    for token, row in zip(tokens, rows, strict=True):
        if row.guide:
            row.guide.take(int(token))
    return [_chosen(*one) for one in zip(tokens, scores, normalizers, rows, strict=True)]


def prepare(scores: Array, row: Row) -> None:
    """Make scores what the request wants them to be, in place; scores: (vocabulary,)."""
    if row.guide:
        row.guide.restrict(scores)
    if row.sampling.penalizes:
        penalize(scores, row)
    if row.sampling.sampled:
        scores[:] = warped(scores, row.sampling)


def _chosen(token: np.int64, scores: Array, normalizer: np.float32, row: Row) -> Chosen:
    likeliest = best(scores, row.alternatives) if row.alternatives else []
    alternatives = [(one, float(scores[one] - normalizer)) for one in likeliest if np.isfinite(scores[one])]
    return Chosen(int(token), float(scores[token] - normalizer), alternatives)


def best(scores: Array, count: int) -> list[int]:
    """Give the indices of a vector's `count` largest values, largest first."""
    top = np.flatnonzero(scores >= _largest(scores, min(count, len(scores))))
    return [int(index) for index in top[np.argsort(-scores[top], kind="stable")][:count]]


def penalize(scores: Array, row: Row) -> None:
    """Make tokens that were said before less likely, and add the bias, in place; scores: (vocabulary,)."""
    sampling = row.sampling
    if sampling.repetition_penalty != 1.0:
        said = np.unique(np.array([*row.prompt, *row.produced]))
        factor = np.float32(max(sampling.repetition_penalty, _LEAST))
        scores[said] = np.where(scores[said] < 0, scores[said] * factor, scores[said] / factor)
    if row.produced:
        said, times = np.unique(np.array(row.produced), return_counts=True)
        scores[said] -= (sampling.frequency_penalty * times + sampling.presence_penalty).astype(np.float32)
    if sampling.bias:
        known = {token: bias for token, bias in sampling.bias.items() if token < len(scores)}
        scores[list(known)] += np.array(list(known.values()), np.float32)


def warped(scores: Array, sampling: Sampling) -> Array:
    """Apply temperature, top_k, top_p and typical_p; what is left out becomes minus infinity.

    scores: (vocabulary,). Rows are taken one by one here: one fits the core's cache, all together do not.
    """
    scores = np.divide(scores, np.float32(max(sampling.temperature, _LEAST)), dtype=np.float32)
    if 0 < sampling.top_k < len(scores):
        scores[scores < _largest(scores, sampling.top_k)] = -np.inf
    if sampling.top_p < 1.0:
        scores[~_top_p(scores, sampling.top_p)] = -np.inf
    if sampling.typical_p < 1.0:
        scores[~_typical(scores, sampling.typical_p)] = -np.inf
    return scores


def _largest(scores: Array, rank: int) -> np.float32:
    """Give the rank-th largest value of a vector, from 1.

    The rank-th largest of the blocks' peaks is no larger than that, and few values are larger than it.
    """
    blocks = len(scores) // _BLOCK
    if rank <= blocks // 2:
        peaks = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
        scores = scores[scores >= np.partition(peaks, -rank)[-rank]]
    return np.float32(np.partition(scores, -rank)[-rank])


def _top_p(scores: Array, mass: float) -> Kept:
    """Keep the fewest of the likeliest whose probabilities reach `mass`."""
    chances = probabilities(scores)
    # All that are less likely than this can be left out together; mostly that leaves few to sort.
    hopeful = chances >= (1.0 - mass) / len(chances)
    ascending = np.sort(chances[hopeful])
    less_likely = 1.0 - float(ascending.sum(dtype=np.float64))
    left_out = (less_likely + ascending.cumsum(dtype=np.float64) <= 1.0 - mass).sum()
    kept: Kept = chances >= ascending[min(left_out, len(ascending) - 1)]
    return kept


def _typical(scores: Array, mass: float) -> Kept:
    """Keep the fewest whose surprise is nearest to the expected one (Meister et al. 2022)."""
    chances = probabilities(scores)
    surprise = -np.log(np.maximum(chances, np.float32(1e-38)))
    strangeness = np.abs(surprise - np.dot(chances, surprise))
    order = np.argsort(strangeness)
    last = (chances[order].cumsum(dtype=np.float64) < mass).sum()
    kept: Kept = strangeness <= strangeness[order[min(last, len(order) - 1)]]
    return kept


def probabilities(scores: Array) -> Array:
    """Softmax over a vector."""
    chances: Array = np.exp(scores - scores.max())
    chances /= chances.sum()
    return chances


def normalizer(scores: Array) -> np.float32:
    """The logarithm of the sum of exponentials of a vector."""
    peak = scores.max()
    return np.float32(peak + np.log(np.exp(scores - peak).sum()))


def drawn(scores: Array, draw: float) -> int:
    """Give the token on which a draw from [0, 1) falls."""
    sums = np.exp(scores - scores.max()).cumsum(dtype=np.float64)
    return int(np.searchsorted(sums, draw * sums[-1], side="right"))
