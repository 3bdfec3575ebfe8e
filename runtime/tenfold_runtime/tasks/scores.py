"""Scores made of logits."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """exp(x_i) / sum(exp(x)) over the last axis, any shape."""
    shifted: npt.NDArray[np.float32] = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: npt.NDArray[np.float32] = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores


def sigmoid(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """1 / (1 + exp(-x)), any shape."""
    with np.errstate(over="ignore"):
        scores: npt.NDArray[np.float32] = np.float32(1.0) / (np.float32(1.0) + np.exp(-logits))
    return scores


def best(scores: npt.NDArray[np.float32], most: int | None = None) -> Sequence[int]:
    """Give the indices of a vector's largest values, largest first; all of them by default."""
    if most is None or most >= len(scores):
        return list(map(int, np.argsort(-scores, kind="stable")))
    top = np.sort(np.argpartition(-scores, most)[:most])
    return list(map(int, top[np.argsort(-scores[top], kind="stable")]))
