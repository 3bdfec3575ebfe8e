"""What the API `custom.metrics.k8s.io` answers, as Kubernetes' conventions have it. Pure."""

import math
from typing import Any, TypeAlias

from tenfold_api import names as api
from tenfold_api.spec import Metric
from tenfold_operator.model import Key

Document: TypeAlias = dict[str, Any]

GROUP = "custom.metrics.k8s.io"
VERSION = "v1beta2"
API_VERSION = f"{GROUP}/{VERSION}"
RESOURCE = f"{api.PLURAL}.{api.GROUP}"
METRIC = Metric.CONCURRENCY.value

_VERSION = {"groupVersion": API_VERSION, "version": VERSION}
_GROUP = {"name": GROUP, "versions": [_VERSION], "preferredVersion": _VERSION}
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    503: "ServiceUnavailable",
}


def groups() -> Document:
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_GROUP]}


def group() -> Document:
    return {"kind": "APIGroup", "apiVersion": "v1", **_GROUP}


def resources() -> Document:
    """Tell which metrics there are: as every adapter does, each as `resource/metric`."""
    metric = {
        "name": f"{RESOURCE}/{METRIC}",
        "singularName": "",
        "namespaced": True,
        "kind": "MetricValueList",
        "verbs": ["get"],
    }
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": API_VERSION,
        "resources": [metric],
    }


def values(model: Key, value: float, window: float, now: str) -> Document:
    """Give the metric of one InferenceModel. `window` is in seconds, `now` RFC 3339."""
    described = {
        "apiVersion": api.API_VERSION,
        "kind": api.KIND,
        "namespace": model.namespace,
        "name": model.name,
    }
    item = {
        "describedObject": described,
        "metric": {"name": METRIC, "selector": None},
        "timestamp": now,
        "windowSeconds": math.ceil(window),
        "value": quantity(value),
    }
    return {"kind": "MetricValueList", "apiVersion": API_VERSION, "metadata": {}, "items": [item]}


def quantity(value: float) -> str:
    """Give the number as Kubernetes writes amounts, in thousandths where it is not whole."""
    thousandths = round(value * 1000)
    return f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)


def failure(status: int, message: str) -> Document:
    """Give the Status that says why there is no answer."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": _REASONS.get(status, "InternalError"),
        "code": status,
    }
