"""The Events that tell of a change of status. Pure."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from tenfold_operator.reasons import Reason


class Transition(NamedTuple):
    """Something that happened to a model, worth a line in `kubectl describe`."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


# Progressing repeats what the others say.
_TOLD = ("Accepted", "Available", "Degraded", "Optimized")
_GOOD = {"Accepted": "True", "Available": "True", "Degraded": "False", "Optimized": "True"}


def transitions(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Transition, ...]:
    """Give one for each condition whose reason changed; one reason is told once."""
    old = {condition["type"]: condition["reason"] for condition in before.get("conditions") or []}
    new = [
        each for each in after["conditions"] if each["type"] in _TOLD and each["reason"] != Reason.CHECKING
    ]
    changed = [each for each in new if each["reason"] != old.get(each["type"])]
    return tuple({each["reason"]: _transition(each) for each in changed if _is_news(each, old)}.values())


def _is_news(condition: Mapping[str, Any], old: Mapping[str, str]) -> bool:
    """Being healthy and not knowing yet is no news of a model that has just come."""
    return condition["type"] in old or condition["type"] in ("Accepted", "Available")


def _transition(condition: Mapping[str, Any]) -> Transition:
    is_bad = condition["type"] in ("Accepted", "Degraded") and not _is_good(condition)
    return Transition("Warning" if is_bad else "Normal", condition["reason"], condition["message"])


def _is_good(condition: Mapping[str, Any]) -> bool:
    return bool(condition["status"] == _GOOD[condition["type"]])
