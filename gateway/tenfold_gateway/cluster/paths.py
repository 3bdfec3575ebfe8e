"""Paths of the API server."""

from tenfold_api import names
from tenfold_gateway.cluster.watch import Key

MODELS = f"/apis/{names.API_VERSION}"
SLICES = "/apis/discovery.k8s.io/v1"


def models(namespace: str = "") -> str:
    return _all(MODELS, names.PLURAL, namespace)


def slices(namespace: str = "") -> str:
    return _all(SLICES, "endpointslices", namespace)


def scale(model: Key) -> str:
    return f"{models(model.namespace)}/{model.name}/scale"


def _all(group: str, plural: str, namespace: str) -> str:
    """Name the resource in one namespace, or in all."""
    return f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"
