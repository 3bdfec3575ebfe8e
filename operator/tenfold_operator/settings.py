"""What the owner of the operator may choose: the chart's values under `operator`, as one JSON object."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tenfold_api.base import Part, Passthrough
from tenfold_api.environment import told

ENV = "TENFOLD_OPERATOR"


class CacheKind(StrEnum):
    """What keeps the converted artifacts."""

    EMPTY_DIR = "emptyDir"
    """Lives and dies with a pod."""
    CLAIM = "claim"
    """One PersistentVolumeClaim a model: the next pod finds the artifact."""
    HOST_PATH = "hostPath"
    """A folder of the node. Pod Security's baseline and restricted profiles refuse it."""


class Cache(Part):
    """The volume of converted artifacts and downloads."""

    kind: CacheKind = CacheKind.EMPTY_DIR
    """What keeps it."""
    size: str = "20Gi"
    """Size of a claim, and the most that an emptyDir may take."""
    path: str = "/var/cache/tenfold"
    """Folder of the node, for hostPath."""
    storage_class: str | None = None
    """Class of a claim; the cluster's default otherwise."""
    access_mode: str = "ReadWriteOnce"
    """Of a claim. Replicas on several nodes need ReadWriteMany."""


class Runtime(Part):
    """How runtimes' pods are made."""

    image: str = "tenfold-runtime:latest"
    """Image of runtimes; `spec.image` of a model overrides it."""
    pull_policy: str = "IfNotPresent"
    pull_secrets: tuple[str, ...] = ()
    resources: Passthrough = {"requests": {"cpu": "500m", "memory": "1Gi"}}
    """Of a model whose spec has none."""
    user: int = 65532
    """User and group of the process; neither is ever root."""
    hub: str | None = None
    """URL of the hub; None for the public one."""
    cache: Cache = Cache()
    drain_seconds: int = 5
    """Time between the removal from the gateways' lists and the signal to stop."""
    load_seconds: int = 1800
    """Time after which a rollout without progress is called stuck."""
    schedule_seconds: int = 600
    """Time that a pod may wait for a node, which may be on its way; then its model has failed."""


class NetworkPolicy(Part):
    """Who may connect to runtimes besides Tenfold's gateways and operator."""

    enabled: bool = True
    scrapers: tuple[Passthrough, ...] = ()
    """What collects metrics, each as a NetworkPolicyPeer."""


class CustomMetrics(Part):
    """The metric that autoscalers ask for, in the cluster's `custom.metrics.k8s.io`."""

    enabled: bool = True
    """Serve it. Without, another adapter of the cluster must, or models scale by `metric: cpu`."""
    service: str = "tenfold-operator"
    """Service by which the API server finds the operator, in the namespace of Tenfold."""
    port: int = 8443


class Scaling(Part):
    """How replicas are counted."""

    gateways: str = "tenfold-gateway"
    """Service of the gateways, in the namespace of Tenfold: they tell of their requests."""
    sample_seconds: Annotated[float, Field(gt=0)] = 3.0
    """Time between two questions to the gateways."""
    window_seconds: Annotated[float, Field(gt=0)] = 15.0
    """Time over which requests are averaged; a gateway that is silent for longer is missing."""
    down_seconds: Annotated[int, Field(ge=0, le=3600)] = 300
    """Replicas go down to the most that was wanted in this time, and no further."""
    custom_metrics: CustomMetrics = CustomMetrics()


class Preflight(Part):
    """What is asked of the hub before a model's pods start."""

    enabled: bool = True
    timeout_seconds: float = 5.0
    """Longest silence of the hub in one request."""


class Settings(Part):
    """Everything that the operator is told from outside."""

    namespaces: tuple[str, ...] = ()
    """Namespaces that are looked after; all when empty."""
    namespace: str = "tenfold"
    """Namespace of Tenfold itself: its gateways may connect to runtimes."""
    url: str = "http://tenfold-gateway"
    """Where the gateway answers: what `status.url` begins with."""
    runtime: Runtime = Runtime()
    network_policy: NetworkPolicy = NetworkPolicy()
    scaling: Scaling = Scaling()
    preflight: Preflight = Preflight()
    workers: int = 8
    """InferenceModels that are reconciled at the same time."""
    probe_seconds: float = 2.0
    """Time between two looks at a model that is loading."""
    watch_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long one watch lasts, and so how long a dead connection to the API server goes unnoticed."""
    health_port: int = 8081
    """Where `/healthz` answers while the operator is alive."""
    metrics_port: int = 8082
    """Where `/metrics` answers, in Prometheus' format."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read `TENFOLD_OPERATOR`, a JSON object with the fields above in camelCase."""
        return cls.model_validate(told(environment, ENV))
