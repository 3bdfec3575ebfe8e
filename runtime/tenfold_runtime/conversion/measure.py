"""The check: two graphs answer the same texts; how far apart are the answers, how much faster is one?"""

import time
from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.scores import sigmoid, softmax

Array = npt.NDArray[np.float32]


def drift(task: Task, exact: Iterable[Outputs], other: Iterable[Outputs]) -> float:
    """Give the largest difference between the answers of two graphs to the same inputs, from 0 to 1.

    Embeddings: 1 - cosine of the mean vectors. Tasks with scores: total variation, half the sum of absolute
    differences of the probabilities (of each token, for tasks that score tokens; their mean over a text).
    """
    return max(_difference(task, a, b) for a, b in zip(exact, other, strict=True))


def _difference(task: Task, exact: Outputs, other: Outputs) -> float:
    if task in {Task.FEATURE_EXTRACTION, Task.SENTENCE_SIMILARITY}:
        return _angle(exact[0].mean(axis=0), other[0].mean(axis=0))
    return max(total_variation(a, b) for a, b in zip(exact, other, strict=True))


def _angle(exact: Array, other: Array) -> float:
    lengths = float(np.linalg.norm(exact) * np.linalg.norm(other))
    return max(0.0, 1.0 - float(exact @ other) / max(lengths, 1e-12))


def total_variation(exact: Array, other: Array) -> float:
    """Half the sum of absolute differences of the probabilities, their mean over the rows of logits."""
    scores = sigmoid if exact.shape[-1] == 1 else softmax
    return float(np.abs(scores(exact) - scores(other)).sum(axis=-1).mean() / 2)


def speedup(exact: Callable[[], None], other: Callable[[], None], repeats: int = 7) -> float:
    """Give how many times as fast as `exact` the `other` is.

    They take turns, and the quickest time of each counts: whatever else the machine does slows runs down, and
    seldom those of both alike.
    """
    times = [(_timed(exact), _timed(other)) for _ in range(repeats)]
    return min(ours for ours, _ in times) / min(theirs for _, theirs in times)


def quickest(work: Callable[[], None], repeats: int) -> float:
    """Give the shortest time that some work took, in seconds."""
    return min(_timed(work) for _ in range(repeats))


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
