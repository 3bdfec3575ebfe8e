"""What a person asks for: the spec of an InferenceModel.

The docstring below a field is its description everywhere: in the CRD, in `kubectl explain`, in the docs.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.base import Part, Passthrough, cel, form
from tenfold_api.quantities import Bytes, Duration
from tenfold_api.tasks import Task

MODEL_ID = r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?"

ONE_SOURCE = "must have exactly one of hub, path, pvc and uri"
MIN_UP_TO_MAX = "minReplicas must be at most maxReplicas"
NAMED_MODEL = "modelId is required unless source.hub.repo names the model"
CUSTOM_IMAGE = "engine custom needs an image"
FIXED_MODEL_ID = "modelId cannot be changed; apply another InferenceModel instead"

# The API server checks rules against a default before it fills in what is nested in it, hence has().
_MIN_UP_TO_MAX_RULE = (
    "!has(self.minReplicas) || !has(self.maxReplicas) || self.minReplicas <= self.maxReplicas"
)
_MODEL_ID_OF = "(has({0}.modelId) ? {0}.modelId : has({0}.source.hub) ? {0}.source.hub.repo : '')"
_FIXED_MODEL_ID_RULE = f"{_MODEL_ID_OF.format('self')} == {_MODEL_ID_OF.format('oldSelf')}"

_MODEL_ID_FORM = "`name` or `organisation/name` of letters, digits, `.`, `_` and `-`"
_ModelId = Annotated[
    str, Field(pattern=f"^{MODEL_ID}$", max_length=200, json_schema_extra=form(_MODEL_ID_FORM))
]
_Uri = Annotated[
    str, Field(pattern="^s3://.+$", max_length=1024, json_schema_extra=form("like `s3://bucket/folder`"))
]


class Engine(StrEnum):
    """What runs the model."""

    AUTO = "auto"
    ONNX = "onnx"
    TRANSFORMERS = "transformers"
    CUSTOM = "custom"


class Quantization(StrEnum):
    """The form of the weights that serve."""

    AUTO = "auto"
    NONE = "none"
    INT8 = "int8"
    INT4 = "int4"


class Visibility(StrEnum):
    """Who may know of the model."""

    PUBLIC = "public"
    PRIVATE = "private"


class Metric(StrEnum):
    """What the autoscaler looks at."""

    CONCURRENCY = "concurrency"
    CPU = "cpu"


_TARGETS = {Metric.CONCURRENCY: 8, Metric.CPU: 70}


class SecretKey(Part):
    """A key of a Secret in the InferenceModel's namespace."""

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """Name of the Secret."""
    key: Annotated[str, Field(min_length=1, max_length=253)] = "token"
    """Key within the Secret."""


class HubSource(Part):
    """A repository on the Hugging Face Hub, or on Tenfold's own hub."""

    repo: _ModelId
    """Repository, as `name` or `organisation/name`."""
    revision: Annotated[str, Field(min_length=1, max_length=200)] = "main"
    """Branch, tag or commit. It is resolved to a commit, and only that commit is served."""
    token_secret_ref: SecretKey | None = None
    """Secret that holds the access token for a private or gated repository."""


class PvcSource(Part):
    """A folder on a PersistentVolumeClaim."""

    claim_name: Annotated[str, Field(min_length=1, max_length=253)]
    """Name of the claim, in the InferenceModel's namespace."""
    path: Annotated[str, Field(max_length=1024)] = ""
    """Folder of the model within the volume; the volume's root by default."""


class Source(Part):
    """Where the model's files come from. Exactly one of the fields is set."""

    model_config = {
        "json_schema_extra": cel(
            "[has(self.hub), has(self.path), has(self.pvc), has(self.uri)].filter(x, x).size() == 1",
            ONE_SOURCE,
        )
    }

    hub: HubSource | None = None
    """A repository on the Hugging Face Hub, or on Tenfold's own hub."""
    path: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """A folder on the machine: relative to the manifest with `tenfold up`, a hostPath volume in a cluster."""
    pvc: PvcSource | None = None
    """A folder on a PersistentVolumeClaim."""
    uri: _Uri | None = None
    """A folder in object storage, as `s3://bucket/folder`."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set & {"hub", "path", "pvc", "uri"}) != 1:
            raise PydanticCustomError("one_source", ONE_SOURCE)
        return self


class Optimization(Part):
    """How the model is made fast."""

    quantization: Quantization = Quantization.AUTO
    """`auto` takes the fastest form whose answers stay within maxDrift; `none` keeps fp32."""
    max_drift: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Largest accepted difference between the quantized and the exact model's answers, from 0 to 1."""


class Autoscaling(Part):
    """When replicas come and go: how few and how many there may be, and what they are counted by."""

    model_config = {"json_schema_extra": cel(_MIN_UP_TO_MAX_RULE, MIN_UP_TO_MAX)}

    min_replicas: Annotated[int, Field(ge=0, le=1000)] = 1
    """Fewest replicas, 1 by default. With 0 the model sleeps after idleAfter, until the next request."""
    max_replicas: Annotated[int, Field(ge=1, le=1000)] = 1
    """Most replicas, 1 by default. From 2 on, an autoscaler sets `replicas` between the two."""
    metric: Metric = Metric.CONCURRENCY
    """`concurrency`, the default: requests in flight and waiting; `cpu`: percent of the CPU request."""
    target: Annotated[int, Field(ge=1, le=10000)] | None = None
    """Value of the metric per replica that the autoscaler aims for; by default 8 requests, or 70 percent."""
    idle_after: Duration = Duration("15m")
    """Time without a request after which a model with minReplicas 0 goes to sleep, 15m by default."""

    @property
    def aim(self) -> int:
        """The target, or the one that goes with the metric."""
        return self.target or _TARGETS[self.metric]

    @model_validator(mode="after")
    def _min_up_to_max(self) -> Self:
        if self.min_replicas > self.max_replicas:
            raise PydanticCustomError("min_up_to_max", MIN_UP_TO_MAX)
        return self


class Batching(Part):
    """How requests share a run of the network."""

    max_batch_size: Annotated[int, Field(ge=1, le=1024)] = 32
    """Most sequences in one run."""
    max_wait: Duration = Duration("2ms")
    """Longest time a request waits for others under load. A lone request never waits."""


class Rollout(Part):
    """How a change of the replicas takes over."""

    compare: bool = False
    """Start one replica of a change aside, without callers, and compare its answers before it takes over."""
    max_drift: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Largest accepted difference between the answers of the change and of what serves, from 0 to 1."""
    examples: Annotated[list[Passthrough], Field(max_length=32)] | None = None
    """Bodies of requests that both answer; by default the runtime's own example for each of its tasks."""


class Limits(Part):
    """What one caller may ask of the model."""

    timeout: Duration = Duration("60s")
    """Longest time from the arrival of a request to its answer; then 504."""
    max_queue: Annotated[int, Field(ge=1, le=100_000)] = 256
    """Most requests waiting at one replica; one more is refused with 429."""
    max_body_bytes: Bytes = Bytes("32Mi")
    """Largest request body; a larger one is refused with 413."""
    max_inputs: Annotated[int, Field(ge=1, le=100_000)] = 1024
    """Most texts in one request, counting every pair that zero-shot classification makes of them."""
    max_input_characters: Annotated[int, Field(ge=1, le=100_000_000)] = 200_000
    """Longest single text, in characters."""
    max_input_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    """Longest single text, in tokens; by default what the model was made for."""
    max_audio_seconds: Annotated[int, Field(ge=1, le=86_400)] = 600
    """Longest sound, in seconds, however small its file."""


class Security(Part):
    """What the model's files and callers may do that could harm the machine. All off by default."""

    allow_pickle: bool = False
    """Accept weights that can run code when they are loaded: pickles, and types that skops does not know."""
    trust_remote_code: bool = False
    """Run Python code that comes with the model."""


class Spec(Part):
    """The model and how it is served."""

    model_config = {
        "json_schema_extra": {
            "x-kubernetes-validations": [
                {"rule": "has(self.modelId) || has(self.source.hub)", "message": NAMED_MODEL},
                {"rule": "self.engine != 'custom' || has(self.image)", "message": CUSTOM_IMAGE},
                {"rule": _FIXED_MODEL_ID_RULE, "message": FIXED_MODEL_ID},
            ]
        }
    }

    model_id: _ModelId | None = None
    """Path under /models/, as `name` or `organisation/name`; by default source.hub.repo."""
    source: Source
    """Where the model's files come from: exactly one of hub, path, pvc and uri."""
    task: Task | None = None
    """What the model does; by default read from the model's files."""
    engine: Engine = Engine.AUTO
    """`auto` takes ONNX Runtime where the model converts; `custom` runs any image that serves HTTP."""
    image: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    """Container image; by default Tenfold's runtime. Required for engine custom."""
    optimization: Optimization = Optimization()
    """How the model is made fast."""
    visibility: Visibility = Visibility.PUBLIC
    """`private` answers 404 to everyone whose token does not allow the model."""
    replicas: Annotated[int, Field(ge=0, le=1000)] = 1
    """Number of replicas now. The autoscaler writes it, through the scale subresource."""
    autoscaling: Autoscaling = Autoscaling()
    """When replicas come and go: how few and how many there may be, and what they are counted by."""
    rollout: Rollout = Rollout()
    """How a change of the replicas takes over."""
    batching: Batching = Batching()
    """How requests share a run of the network."""
    limits: Limits = Limits()
    """What one caller may ask of the model."""
    security: Security = Security()
    """What the model's files may do. All off by default."""
    resources: Passthrough | None = None
    """Compute resources of a replica, as in a container: requests and limits."""
    node_selector: dict[str, str] | None = None
    """Labels that a replica's node must have."""
    tolerations: list[Passthrough] | None = None
    """Taints that a replica tolerates."""
    affinity: Passthrough | None = None
    """Scheduling affinity of a replica."""
    env: list[Passthrough] | None = None
    """Environment variables of a replica's container."""
    pod_template: Passthrough | None = None
    """Overrides of a replica's pod template, merged strategically."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.model_id is None and self.source.hub is None:
            raise PydanticCustomError("named_model", NAMED_MODEL)
        return self

    @model_validator(mode="after")
    def _custom_has_image(self) -> Self:
        if self.engine is Engine.CUSTOM and self.image is None:
            raise PydanticCustomError("custom_image", CUSTOM_IMAGE)
        return self
