"""How far two answers to one request are apart: 0 for the same answer, 1 for nothing in common. Pure."""

import math
from collections.abc import Sequence
from difflib import SequenceMatcher
from operator import mul
from typing import Any, TypeGuard


def drift(old: Any, new: Any) -> float:
    """Compare two answers, as JSON has them: the largest difference of any of their parts counts."""
    if _is_number(old) and _is_number(new):
        return min(1.0, abs(old - new) / max(1.0, abs(old), abs(new)))
    if isinstance(old, str) and isinstance(new, str):
        return 1.0 - SequenceMatcher(None, old, new, autojunk=False).ratio()
    if isinstance(old, dict) and isinstance(new, dict):
        return _of_objects(old, new)
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new)
    return 0.0 if old == new else 1.0


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_objects(old: dict[str, Any], new: dict[str, Any]) -> float:
    if old.keys() != new.keys():
        return 1.0
    return max((drift(old[name], new[name]) for name in old), default=0.0)


def _of_lists(old: list[Any], new: list[Any]) -> float:
    """A list of numbers is a vector, one of labels with scores a distribution; others go by their order."""
    if _are_scores(old) and _are_scores(new):
        return _of_scores(old, new)
    if len(old) != len(new):
        return 1.0
    if len(old) > 1 and all(map(_is_number, old + new)):
        return _of_vectors(old, new)
    return max(map(drift, old, new), default=0.0)


def _are_scores(values: list[Any]) -> bool:
    return bool(values) and all(
        isinstance(value, dict) and value.keys() == {"label", "score"} for value in values
    )


def _of_scores(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> float:
    """A label that is not listed has the score 0."""
    before, after = ({each["label"]: each["score"] for each in scores} for scores in (old, new))
    return max(drift(before.get(label, 0.0), after.get(label, 0.0)) for label in before | after)


def _of_vectors(old: Sequence[float], new: Sequence[float]) -> float:
    """Give the cosine distance, at most 1."""
    lengths = math.hypot(*old) * math.hypot(*new)
    if not lengths:
        return 0.0 if old == new else 1.0
    product: float = sum(map(mul, old, new))
    return min(1.0, max(0.0, 1.0 - product / lengths))
