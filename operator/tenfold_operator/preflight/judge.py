"""Whether a model can ever load, by what its hub says of it. Pure."""

from collections.abc import Mapping
from typing import Any

from tenfold_api.architectures import task_of, task_unknown
from tenfold_api.progress import Failure
from tenfold_api.tasks import Task
from tenfold_api.weights import refusal
from tenfold_operator import names
from tenfold_operator.compare import quantity
from tenfold_operator.model import Model
from tenfold_operator.preflight.facts import Facts
from tenfold_operator.reasons import Problem, Reason

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def problem(subject: Model, facts: Facts, template: Mapping[str, Any]) -> Problem | None:
    """Give what keeps the model from ever loading in a pod of this template."""
    failure = refusal(facts.sizes, allow_pickle=subject.spec.security.allow_pickle) or _unknown(
        subject, facts
    )
    if failure is not None:
        return Problem(failure.reason, failure.message)
    return _too_large(facts.weight_bytes, _memory(template))


def told(subject: Model, facts: Facts) -> str:
    """Say in a sentence what was found."""
    known = (_task(subject, facts), facts.architecture, f"weights of {_size(facts.weight_bytes)}")
    return f"commit {facts.commit[:12]}: " + ", ".join(filter(None, known))


def _unknown(subject: Model, facts: Facts) -> Failure | None:
    """A model that names no architecture may tell its task in a file that is not read here."""
    if not facts.architecture or "modules.json" in facts.sizes or _task(subject, facts):
        return None
    return task_unknown(facts.architecture)


def _task(subject: Model, facts: Facts) -> Task | None:
    return subject.spec.task or facts.task or task_of(facts.architecture)


def _memory(template: Mapping[str, Any]) -> int | None:
    """Give the memory limit of the container that serves, in bytes."""
    containers = template["spec"]["containers"]
    resources = next((each.get("resources") for each in containers if each["name"] == names.CONTAINER), None)
    limit = quantity(((resources or {}).get("limits") or {}).get("memory"))
    return None if limit is None else int(limit)


def _too_large(weights: int, limit: int | None) -> Problem | None:
    if limit is None or weights <= limit:
        return None
    message = (
        f"the weights take {_size(weights)}, and the memory limit is {_size(limit)}: "
        "raise spec.resources.limits.memory, or take a smaller model"
    )
    return Problem(Reason.OUT_OF_MEMORY, message)


def _size(count: float) -> str:
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.4g} {unit}"
        count /= 1024
    return f"{count:.4g} {_UNITS[-1]}"
