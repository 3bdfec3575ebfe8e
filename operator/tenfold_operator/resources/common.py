"""What all children share: their name, labels and owner."""

from typing import Any, TypeAlias

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.model import Model

Manifest: TypeAlias = dict[str, Any]


def manifest(api_version: str, kind: str, model: Model, **content: Any) -> Manifest:
    """Give a child of the model: `content` is what comes below the metadata."""
    return {"apiVersion": api_version, "kind": kind, "metadata": _metadata(model), **content}


def pods(model: Model) -> dict[str, Any]:
    """Give the label selector of the model's pods."""
    return {"matchLabels": names.selector(model.name)}


def _metadata(model: Model) -> dict[str, Any]:
    return {
        "name": names.child(model.name),
        "namespace": model.namespace,
        "labels": names.labels(model.name),
        "ownerReferences": [_owner(model)],
    }


def _owner(model: Model) -> dict[str, Any]:
    """Say whose the child is: the garbage collector removes it after the model, operator or not."""
    return {
        "apiVersion": api.API_VERSION,
        "kind": api.KIND,
        "name": model.name,
        "uid": model.uid,
        "controller": True,
    }
