"""The objects of the operator's stories: InferenceModels, and the pods that a cluster would run for them."""

from typing import Any

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.census import CHILDREN, MODELS, PODS
from tenfold_operator.cluster import PLURALS

Object = dict[str, Any]

EVENTS = ("", "v1", "events")
CREATED = "2026-01-01T00:00:00Z"
KINDS = {plural: kind for kind, plural in {**PLURALS, "Pod": "pods", "Event": "events"}.items()}
RESOURCES = {KINDS[plural]: (group, version, plural) for group, version, plural in (MODELS, PODS, *CHILDREN)}
"""Group, version and plural, by kind."""


def manifest(name: str = "minilm", created: str = CREATED, **spec: Any) -> Object:
    """Give an InferenceModel as the API server stores it: with its defaults filled in."""
    metadata = {"name": name, "namespace": "models", "creationTimestamp": created}
    document = {"apiVersion": api.API_VERSION, "kind": api.KIND, "metadata": metadata}
    source = {"source": {"hub": {"repo": "sentence-transformers/all-MiniLM-L6-v2"}}}
    return {**document, "spec": {"replicas": 1, **source, **spec}}


def pod(model: str = "minilm", name: str = "pod-1", **status: Any) -> Object:
    """Give a pod of the model, placed and running, not ready."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "models", "labels": names.labels(model)},
        "spec": {"nodeName": "node-1", "containers": [{"name": "runtime", "image": "tenfold-runtime"}]},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "containerStatuses": [_container()], **status},
    }


def ready_pod(model: str = "minilm", name: str = "pod-1") -> Object:
    ready = {"type": "Ready", "status": "True"}
    return pod(model, name, containerStatuses=[_container(ready=True)], conditions=[ready])


def _container(*, ready: bool = False) -> Object:
    image = {"image": "tenfold-runtime", "imageID": "tenfold-runtime@sha256:0"}
    started = {"startedAt": CREATED}
    return {"name": "runtime", "ready": ready, "restartCount": 0, "state": {"running": started}, **image}


class Make:
    """Makes the objects of a test."""

    model = staticmethod(manifest)
    pod = staticmethod(pod)
    ready_pod = staticmethod(ready_pod)
