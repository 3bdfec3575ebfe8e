"""What Tenfold answers: the status of an InferenceModel."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from tenfold_api.base import Part

_LIST_BY_TYPE: dict[str, JsonValue] = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
}


class Phase(StrEnum):
    """Where the model stands, in one word."""

    PENDING = "Pending"
    LOADING = "Loading"
    READY = "Ready"
    SLEEPING = "Sleeping"
    FAILED = "Failed"


class Condition(Part):
    """One fact about the model, as Kubernetes' API conventions have it."""

    type: Literal["Accepted", "Optimized", "Available", "Progressing", "Degraded"]
    """What the fact is about."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: str
    """One CamelCase word for programs."""
    message: str = ""
    """A sentence for people."""
    observed_generation: int | None = None
    """Generation of the spec that this speaks of."""
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """When `status` last changed, RFC 3339."""


class Status(Part):
    """What is known of the model. Written by Tenfold, never by people."""

    phase: Phase | None = None
    """Where the model stands, in one word."""
    conditions: Annotated[list[Condition] | None, Field(json_schema_extra=_LIST_BY_TYPE)] = None
    """The facts behind the phase."""
    observed_generation: int | None = None
    """Generation of the spec that this status speaks of."""
    replicas: int | None = None
    """Replicas that exist."""
    ready_replicas: int | None = None
    """Replicas that answer."""
    ready: str | None = None
    """Ready replicas of all, as `1/1`."""
    selector: str | None = None
    """Label selector of the replicas, for the autoscaler."""
    model_id: str | None = None
    """The path under /models/."""
    url: str | None = None
    """Where the model answers."""
    task: str | None = None
    """What the model does."""
    revision: str | None = None
    """Commit, or hash of the files, that is served."""
    compute_type: str | None = None
    """`cpu+optimized` where ONNX Runtime runs an optimized graph, else `cpu`."""
    speedup: str | None = None
    """Measured speed of what serves, as a multiple of the exact model's, as `5.1x`."""
    drift: str | None = None
    """Measured difference between the answers of what serves and of the exact model's."""
    rollout_drift: str | None = None
    """Measured difference between the answers of the last compared change and of what served then."""
    load_seconds: float | None = None
    """Time that the last load took, in seconds."""
