"""The token vectors of many texts to one vector for each."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tenfold_runtime.facts import Pooling

Array = npt.NDArray[np.float32]

_FILLS = {Pooling.MEAN: np.float32(0), Pooling.MAX: np.float32(-np.inf)}


def pooled(tokens: Array, lengths: Sequence[int], pooling: Pooling) -> Array:
    """Make one vector of each text's token vectors, float32 (texts, hidden).

    tokens: float32 (texts, longest, hidden); what fills a text up behind its length is overwritten. All texts
    at once: numpy takes longer to begin than to add one text's vectors up.
    """
    if pooling is Pooling.CLS:
        return tokens[:, 0]
    for row, length in enumerate(lengths):
        if length < tokens.shape[1]:
            tokens[row, length:] = _FILLS[pooling]
    if pooling is Pooling.MAX:
        most: Array = tokens.max(axis=1)
        return most
    mean: Array = tokens.sum(axis=1) / np.array(lengths, np.float32)[:, None]
    return mean
