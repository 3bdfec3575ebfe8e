"""Draining a node takes replicas one at a time, where there is more than one."""

from collections.abc import Iterator

from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest, pods


def disruption_budgets(model: Model) -> Iterator[Manifest]:
    """A single replica gets none: a budget would keep its node from ever being drained."""
    if max(model.spec.autoscaling.max_replicas, model.spec.replicas) < 2:
        return
    spec = {
        "selector": pods(model),
        "maxUnavailable": 1,
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }
    yield manifest("policy/v1", "PodDisruptionBudget", model, spec=spec)
