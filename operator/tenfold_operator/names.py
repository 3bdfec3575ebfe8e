"""Names of what the operator makes, and the labels by which it finds them again."""

import hashlib
import re

from tenfold_api import names

FIELD_MANAGER = "tenfold"
CONTAINER = "runtime"
PORT = "http"

MODEL_LABEL = f"{names.GROUP}/model"
"""On every child, pods among them. Its value is `label(name of the InferenceModel)`."""
COMPONENT_LABEL = "app.kubernetes.io/component"
INSTANCE_LABEL = "app.kubernetes.io/instance"
MANAGER_LABEL = "app.kubernetes.io/managed-by"
NAME_LABEL = "app.kubernetes.io/name"
PART_LABEL = "app.kubernetes.io/part-of"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"

WANTED_ANNOTATION = f"{names.GROUP}/wanted"
"""Hash of what was last applied: a field that is wanted no more is seen by it."""

_LONGEST_LABEL = 63
_LONGEST_CHILD = 52  # a pod's name adds eleven characters, and is to stay a host name
_PREFIX = "tenfold-"


def child(model: str) -> str:
    """Name every child of the InferenceModel called `model`.

    The prefix keeps it from meeting someone's own object, and makes a Service's name start with a letter.
    """
    return _bounded(_PREFIX + model.replace(".", "-"), _LONGEST_CHILD, of=model, exact="." not in model)


def label(model: str) -> str:
    """Give the value of MODEL_LABEL for the InferenceModel called `model`."""
    return _bounded(model, _LONGEST_LABEL, of=model, exact=True)


def selector(model: str) -> dict[str, str]:
    """Give the labels that only the pods of the InferenceModel called `model` have."""
    return {COMPONENT_LABEL: CONTAINER, MODEL_LABEL: label(model)}


def labels(model: str) -> dict[str, str]:
    """Give the labels of every child of the InferenceModel called `model`."""
    known = {NAME_LABEL: "tenfold-runtime", INSTANCE_LABEL: label(model), PART_LABEL: "tenfold"}
    return {**known, MANAGER_LABEL: "tenfold-operator", **selector(model)}


def _bounded(text: str, longest: int, *, of: str, exact: bool) -> str:
    """Cut the text where it is too long; a hash keeps apart what was cut or changed."""
    if exact and len(text) <= longest:
        return text
    digest = hashlib.sha256(of.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^a-z0-9]+$', '', text[: longest - 9])}-{digest}"
