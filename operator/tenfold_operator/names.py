"""Names of what the operator makes, and the labels by which it finds them again."""

from tenfold_api import names

FIELD_MANAGER = "tenfold"
CONTAINER = "runtime"
SHADOW = "shadow"
PORT = names.RUNTIME_PORT_NAME

MODEL_LABEL = names.MODEL_LABEL
COMPONENT_LABEL = "app.kubernetes.io/component"
INSTANCE_LABEL = "app.kubernetes.io/instance"
MANAGER_LABEL = "app.kubernetes.io/managed-by"
NAME_LABEL = "app.kubernetes.io/name"
PART_LABEL = "app.kubernetes.io/part-of"
NAMESPACE_LABEL = "kubernetes.io/metadata.name"

WANTED_ANNOTATION = f"{names.GROUP}/wanted"
"""Hash of what was last applied: a field that is wanted no more is seen by it."""

_LONGEST_CHILD = 52  # a pod's name adds eleven characters, and is to stay a host name
_PREFIX = "tenfold-"


def child(model: str) -> str:
    """Name every child of the InferenceModel called `model`.

    The prefix keeps it from meeting someone's own object, and makes a Service's name start with a letter.
    """
    return names.bounded(_PREFIX + model.replace(".", "-"), _LONGEST_CHILD, of=model, exact="." not in model)


def shadow(model: str) -> str:
    """Name the Deployment of a change of the InferenceModel called `model` that is not served yet."""
    text = f"{_PREFIX}{model.replace('.', '-')}-{SHADOW}"
    return names.bounded(text, _LONGEST_CHILD, of=f"{model}/{SHADOW}", exact=False)


def label(model: str) -> str:
    """Give the value of MODEL_LABEL for the InferenceModel called `model`."""
    return names.model_label(model)


def selector(model: str) -> dict[str, str]:
    """Give the labels that only the pods of the InferenceModel called `model` have."""
    return {COMPONENT_LABEL: CONTAINER, MODEL_LABEL: label(model)}


def labels(model: str) -> dict[str, str]:
    """Give the labels of every child of the InferenceModel called `model`."""
    known = {NAME_LABEL: "tenfold-runtime", INSTANCE_LABEL: label(model), PART_LABEL: "tenfold"}
    return {**known, MANAGER_LABEL: "tenfold-operator", **selector(model)}
