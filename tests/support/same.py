"""Compare answers that hold floats."""

from typing import Any

import numpy as np
import pytest


def same(answer: Any, expected: Any, within: float = 1e-3) -> bool:
    """Whether two JSON-like values are the same, numbers within a tolerance."""
    match expected:
        case dict():
            return answer.keys() == expected.keys() and all(
                same(answer[k], v, within) for k, v in expected.items()
            )
        case list() | tuple():
            return len(answer) == len(expected) and all(
                map(lambda a, b: same(a, b, within), answer, expected)
            )
        case float() | np.floating():
            return answer == pytest.approx(float(expected), abs=within)
    return bool(answer == expected)
