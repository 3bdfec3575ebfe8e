"""The HorizontalPodAutoscaler. It scales the InferenceModel, never the Deployment: one writer a field."""

from collections.abc import Iterator
from typing import Any

from tenfold_api import names as api
from tenfold_api.spec import Autoscaling, Metric
from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest
from tenfold_operator.settings import Scaling

# At once, and at most twofold or by four in 15 seconds.
_UP = {
    "stabilizationWindowSeconds": 0,
    "selectPolicy": "Max",
    "policies": [
        {"type": "Percent", "value": 100, "periodSeconds": 15},
        {"type": "Pods", "value": 4, "periodSeconds": 15},
    ],
}
_HALF_A_MINUTE = {"type": "Percent", "value": 50, "periodSeconds": 60}


def autoscalers(model: Model, settings: Scaling) -> Iterator[Manifest]:
    """A model of at most one replica has none; then `kubectl scale` is the only one to set replicas."""
    scaling = model.spec.autoscaling
    if scaling.max_replicas < 2:
        return
    spec = {
        "scaleTargetRef": _itself(model),
        "minReplicas": max(1, scaling.min_replicas),  # at zero the autoscaler rests until someone sets one
        "maxReplicas": scaling.max_replicas,
        "metrics": [_metric(model, scaling)],
        "behavior": {"scaleUp": _UP, "scaleDown": _down(settings.down_seconds)},
    }
    yield manifest("autoscaling/v2", "HorizontalPodAutoscaler", model, spec=spec)


def _down(seconds: int) -> dict[str, Any]:
    """Go no further than to the most that was wanted in so many seconds: a sawtooth of load moves nothing."""
    return {
        "stabilizationWindowSeconds": seconds,
        "selectPolicy": "Max",
        "policies": [_HALF_A_MINUTE],
    }


def _itself(model: Model) -> dict[str, str]:
    return {"apiVersion": api.API_VERSION, "kind": api.KIND, "name": model.name}


def _metric(model: Model, scaling: Autoscaling) -> dict[str, Any]:
    return _cpu(scaling) if scaling.metric is Metric.CPU else _concurrency(model, scaling)


def _cpu(scaling: Autoscaling) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": scaling.aim}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def _concurrency(model: Model, scaling: Autoscaling) -> dict[str, Any]:
    """Ask for one number of the whole model, and let the autoscaler divide it by the replicas."""
    measured = {
        "describedObject": _itself(model),
        "metric": {"name": Metric.CONCURRENCY.value},
        "target": {"type": "AverageValue", "averageValue": str(scaling.aim)},
    }
    return {"type": "Object", "object": measured}
