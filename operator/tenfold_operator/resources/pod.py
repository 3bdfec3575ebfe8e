"""The pod of a replica. It meets the restricted Pod Security profile, with a read-only root file system."""

import math
from typing import Any

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.resources import cache, source
from tenfold_operator.resources.common import Manifest, pods
from tenfold_operator.resources.environment import environment
from tenfold_operator.resources.merge import merged
from tenfold_operator.resources.probes import probes
from tenfold_operator.settings import Runtime

_TMP = "/tmp"  # noqa: S108 - an emptyDir of the pod's own
_MARGIN = 10  # seconds that a process may take to stop after its last answer


def template(model: Model, runtime: Runtime) -> Manifest:
    """Give the pod template, with the spec's overrides laid over it. The labels that select it stay ours."""
    ours = {"metadata": {"labels": names.labels(model.name)}, "spec": _spec(model, runtime)}
    result = merged(ours, model.spec.pod_template or {})
    selecting = {"labels": names.selector(model.name)}
    return {**result, "metadata": merged(result.get("metadata", {}), selecting)}


def _spec(model: Model, runtime: Runtime) -> Manifest:
    return {
        "serviceAccountName": names.child(model.name),
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": _pod_security(runtime),
        "terminationGracePeriodSeconds": _grace(model, runtime),
        "topologySpreadConstraints": [_spread(model, key) for key in _SPREAD],
        "containers": [_container(model, runtime)],
        "volumes": _volumes(model, runtime),
        **_pull_secrets(runtime),
        **_placement(model),
    }


def _container(model: Model, runtime: Runtime) -> Manifest:
    return {
        "name": names.CONTAINER,
        "image": model.spec.image or runtime.image,
        "imagePullPolicy": runtime.pull_policy,
        "ports": [{"name": names.PORT, "containerPort": api.RUNTIME_PORT, "protocol": "TCP"}],
        "env": environment(model, runtime),
        "resources": model.spec.resources or runtime.resources,
        "securityContext": _CONTAINER_SECURITY,
        "lifecycle": {"preStop": {"sleep": {"seconds": runtime.drain_seconds}}},
        "volumeMounts": _mounts(model),
        **probes(model, runtime),
    }


_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def _pod_security(runtime: Runtime) -> dict[str, Any]:
    return {
        "runAsNonRoot": True,
        "runAsUser": runtime.user,
        "runAsGroup": runtime.user,
        "fsGroup": runtime.user,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _grace(model: Model, runtime: Runtime) -> int:
    """Let the last request that was sent here have all of its time."""
    return runtime.drain_seconds + math.ceil(model.spec.limits.timeout.seconds) + _MARGIN


_SPREAD = ("topology.kubernetes.io/zone", "kubernetes.io/hostname")


def _spread(model: Model, key: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": pods(model),
        "matchLabelKeys": ["pod-template-hash"],
    }


def _volumes(model: Model, runtime: Runtime) -> list[Manifest]:
    return [
        {"name": "tmp", "emptyDir": {}},
        cache.volume(model, runtime.cache),
        *source.volumes(model.spec.source),
    ]


def _mounts(model: Model) -> list[Manifest]:
    return [
        {"name": "tmp", "mountPath": _TMP},
        {"name": cache.VOLUME, "mountPath": cache.FOLDER},
        *source.mounts(model.spec.source),
    ]


def _pull_secrets(runtime: Runtime) -> dict[str, Any]:
    secrets = [{"name": name} for name in runtime.pull_secrets]
    return {"imagePullSecrets": secrets} if secrets else {}


def _placement(model: Model) -> dict[str, Any]:
    fields = {
        "nodeSelector": model.spec.node_selector,
        "tolerations": model.spec.tolerations,
        "affinity": model.spec.affinity,
    }
    return {name: value for name, value in fields.items() if value}
