"""Tenfold in the cluster of the end-to-end tests: the chart, a hub with a tiny model, and InferenceModels."""

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import e2e_kubectl as cluster
import hub_fixture
from helm import CHART, tool
from tenfold_api import names

RELEASE = "tenfold"
SYSTEM = "tenfold"
NAMESPACE = "tenfold-e2e"
REPO = "tests/sentiment"
HUB = f"http://hub.{NAMESPACE}:8000"

_SERVE = """\
from pathlib import Path
from threading import Event
from hub_fixture import Hub, serving
with serving(Hub(Path("/hub/repositories")), "0.0.0.0", 8000):
    Event().wait()
"""
_CODE = {"hub_fixture.py": Path(hub_fixture.__file__).read_text(), "serve.py": _SERVE}
_LABELS = {"app.kubernetes.io/name": "hub"}


def install() -> None:
    """Install the chart, or leave an installation as it is but for the hub, and what `helm test` asks."""
    values = {**_images(), **installed()}
    values["runtime"] = {**values.get("runtime", {}), "hub": HUB}
    values["test"] = {"source": {"hub": {"repo": REPO}}, "timeoutSeconds": int(cluster.SECONDS)}
    upgrade(values)


def upgrade(values: dict[str, Any]) -> None:
    """Have an installation of these values and no others, with all its pods up."""
    place = (RELEASE, str(CHART), "--namespace", SYSTEM, "--create-namespace")
    helm("upgrade", "--install", *place, "--values", "-", "--wait", "--timeout", "5m", given=values)


def helm(*arguments: str, given: Any = None, seconds: float = 330) -> str:
    """Give what helm prints. given: an object for its standard input."""
    text = None if given is None else json.dumps(given)
    command = [tool("helm"), *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def _images() -> dict[str, Any]:
    """Give the chart's values for the images, as the environment has them."""
    named = {"registry": "REGISTRY", "tag": "TAG", "pullPolicy": "PULL_POLICY"}
    chosen = {value: os.environ.get(f"TENFOLD_E2E_{name}") for value, name in named.items()}
    return {"image": {value: text for value, text in chosen.items() if text}}


def installed() -> dict[str, Any]:
    """Give the values of the installation that there is; none where there is none."""
    command = [tool("helm"), "get", "values", RELEASE, "--namespace", SYSTEM, "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return (json.loads(done.stdout) or {}) if done.returncode == 0 else {}


@contextmanager
def upgraded(**values: dict[str, Any]) -> Iterator[None]:
    """Have these values besides within the block; values that are there are merged one level deep."""
    before = installed()
    try:
        upgrade({**before, **{name: {**before.get(name, {}), **more} for name, more in values.items()}})
        yield
    finally:
        upgrade(before)


@contextmanager
def uninstalled() -> Iterator[None]:
    """Have no installation within the block."""
    before = installed()
    helm("uninstall", RELEASE, "--namespace", SYSTEM, "--wait", "--timeout", "5m")
    try:
        yield
    finally:
        upgrade(before)


def make_namespace() -> None:
    metadata = {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def start_hub(model: Path) -> None:
    """Serve the files of a folder as REPO, to the operator and the runtimes."""
    operator = cluster.get("deployment/tenfold-operator", SYSTEM)["spec"]["template"]["spec"]
    names_of_files = sorted(file.name for file in model.iterdir())
    for manifest in (_files(model), _hub(operator["containers"][0], names_of_files), _service()):
        cluster.apply(manifest)
    cluster.rolled_out("deployment/hub", NAMESPACE)


def _files(model: Path) -> dict[str, Any]:
    read = {file.name: base64.b64encode(file.read_bytes()).decode() for file in model.iterdir()}
    return {**_object("v1", "ConfigMap"), "binaryData": read, "data": _CODE}


def _volume(name: str, paths: dict[str, str]) -> dict[str, Any]:
    """Give a volume with these keys of the ConfigMap at these paths."""
    items = [{"key": key, "path": path} for key, path in paths.items()]
    return {"name": name, "configMap": {"name": "hub", "items": items}}


def _hub(operator: dict[str, Any], files: Iterable[str]) -> dict[str, Any]:
    """Give the hub's Deployment. It needs Python alone, and takes the image that is there already."""
    container = {
        "name": "hub",
        "image": operator["image"],
        "imagePullPolicy": operator["imagePullPolicy"],
        "command": ["python", "/hub/code/serve.py"],
        "ports": [{"containerPort": 8000}],
        "readinessProbe": {"tcpSocket": {"port": 8000}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "20m", "memory": "48Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [
            {"name": "code", "mountPath": "/hub/code"},
            {"name": "repositories", "mountPath": "/hub/repositories"},
        ],
    }
    pod = {
        "containers": [container],
        "volumes": [
            _volume("code", {name: name for name in _CODE}),
            _volume("repositories", {name: f"{REPO}/{name}" for name in files}),
        ],
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "automountServiceAccountToken": False,
    }
    template = {"metadata": {"labels": _LABELS}, "spec": pod}
    spec = {"replicas": 1, "selector": {"matchLabels": _LABELS}, "template": template}
    return {**_object("apps/v1", "Deployment"), "spec": spec}


def _service() -> dict[str, Any]:
    spec = {"selector": _LABELS, "ports": [{"port": 8000}]}
    return {**_object("v1", "Service"), "spec": spec}


def _object(version: str, kind: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "hub", "namespace": NAMESPACE}}


class Model:
    """One InferenceModel of the tiny model."""

    def __init__(self, name: str, model_id: str | None = None, **spec: Any) -> None:
        self.name = name
        self.id = model_id or f"e2e/{name}"
        self._spec = {"modelId": self.id, "source": {"hub": {"repo": REPO}}, **_SMALL, **spec}

    @property
    def resource(self) -> str:
        return f"inferencemodel/{self.name}"

    @property
    def deployment(self) -> str:
        return f"deployment/tenfold-{self.name}"

    @property
    def selector(self) -> str:
        return f"--selector={names.MODEL_LABEL}={self.name}"

    def apply(self, **spec: Any) -> None:
        """Apply the model, with these fields of the spec besides."""
        document = {"apiVersion": names.API_VERSION, "kind": names.KIND}
        metadata = {"name": self.name, "namespace": NAMESPACE}
        cluster.apply({**document, "metadata": metadata, "spec": {**self._spec, **spec}})

    def get(self) -> dict[str, Any]:
        return dict(cluster.get(self.resource, NAMESPACE))

    def wait(self, until: str, seconds: float = cluster.SECONDS) -> None:
        cluster.wait(self.resource, until, NAMESPACE, seconds=seconds)

    def available(self) -> None:
        self.wait("condition=Available")

    def has_ready(self, replicas: int) -> None:
        self.wait(f"jsonpath={{.status.readyReplicas}}={replicas}")

    def settled(self) -> None:
        """Wait until all replicas serve the spec as it is."""
        self.available()
        self.wait("condition=Progressing=False")

    def pods(self) -> list[dict[str, Any]]:
        return list(cluster.get("pods", NAMESPACE, self.selector)["items"])

    def scale(self, replicas: int) -> None:
        cluster.kubectl("scale", self.resource, f"--replicas={replicas}", f"--namespace={NAMESPACE}")

    def delete(self) -> None:
        cluster.kubectl(
            "delete", self.resource, f"--namespace={NAMESPACE}", "--ignore-not-found", "--timeout=60s"
        )


_SMALL = {
    "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}},
    "optimization": {"quantization": "none"},
}
