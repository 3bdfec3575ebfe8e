"""Models, and a cluster that keeps what is applied to it."""

import copy
from collections import defaultdict
from typing import Any

import pytest

from tenfold_api import names as api
from tenfold_operator import conflicts, model, names, pods, world
from tenfold_operator.census import Census
from tenfold_operator.context import Context
from tenfold_operator.errors import ClusterError
from tenfold_operator.metrics import Metrics
from tenfold_operator.model import Key, Model
from tenfold_operator.reports import Report, Reports
from tenfold_operator.scaling.part import Scaling
from tenfold_operator.settings import Settings
from tenfold_operator.work_queue import WorkQueue
from tenfold_operator.world import World

NOW = "2026-05-01T12:00:00Z"


def raw_model(name: str = "minilm", created: str = "2026-01-01T00:00:00Z", **spec: Any) -> dict[str, Any]:
    """Give an InferenceModel as the API server stores it."""
    metadata = {"name": name, "namespace": "models", "uid": f"uid-{name}", "generation": 1}
    source = {"source": {"hub": {"repo": "sentence-transformers/all-MiniLM-L6-v2"}}}
    return {
        "apiVersion": api.API_VERSION,
        "kind": api.KIND,
        "metadata": {**metadata, "creationTimestamp": created},
        "spec": {**source, **spec},
    }


def parsed_model(name: str = "minilm", **spec: Any) -> Model:
    return model.parse(raw_model(name, **spec))


def raw_pod(
    owner: str = "minilm", name: str = "pod-1", *, ready: bool = False, **status: Any
) -> dict[str, Any]:
    """Give a pod that is placed and running."""
    container = {"name": "runtime", "ready": ready, "restartCount": 0, "state": {"running": {}}}
    conditions = [{"type": "Ready", "status": str(ready)}]
    known = {
        "phase": "Running",
        "podIP": "10.0.0.1",
        "containerStatuses": [container],
        "conditions": conditions,
    }
    metadata = {"name": name, "namespace": "models", "uid": f"uid-{name}", "labels": names.labels(owner)}
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"nodeName": "node-1"},
        "status": {**known, **status},
    }


class FakeCluster:
    """A cluster in memory. `fail_after` writes, every further one fails, as when the process is cut."""

    def __init__(self, *models: dict[str, Any]) -> None:
        self.models = {model.key(each): copy.deepcopy(each) for each in models}
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.pods: list[dict[str, Any]] = []
        self.writes: list[str] = []
        self.told: list[str] = []
        self.fail_after = 1000

    async def apply(self, manifest: Any) -> Any:
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        self._write(f"apply {kind}")
        before = self.objects.get((kind, name), {})
        generation = before.get("metadata", {}).get("generation", 0) + 1
        metadata = {**manifest["metadata"], "uid": f"uid-{kind}-{name}", "generation": generation}
        stored = {**manifest, "metadata": metadata, "status": before.get("status", {})}
        self.objects[kind, name] = copy.deepcopy(stored)
        return stored

    async def delete(self, child: Any) -> None:
        self._write(f"delete {child['kind']}")
        del self.objects[child["kind"], child["metadata"]["name"]]

    async def set_status(self, key: Any, uid: str, status: Any) -> None:
        self._write("status")
        self.models[key]["status"] = copy.deepcopy(dict(status))

    async def tell(self, key: Any, uid: str, transition: Any, now: str) -> None:
        self.told.append(transition.reason)

    def world(self) -> World:
        """Give what watches would have seen by now."""
        models, rivals, children, seen = (defaultdict(list) for _ in range(4))
        for key, each in self.models.items():
            models[world.place(key)].append(each)
            rivals[conflicts.same_id(model.id_of(each))].append(key)
        for each in self.objects.values():
            children[world.place_of(each)].append(each)
        for each in filter(pods.parse, self.pods):
            seen[world.place_of(each)].append(pods.parse(each))
        return World(models, rivals, children, seen)

    def condition(self, type_: str, name: str = "minilm") -> tuple[str, str]:
        conditions = self.models["models", name]["status"]["conditions"]
        return next((each["status"], each["reason"]) for each in conditions if each["type"] == type_)

    def _write(self, what: str) -> None:
        if len(self.writes) >= self.fail_after:
            raise ClusterError("cut")
        self.writes.append(what)


def context_of(cluster: Any, reports: dict[str, Report] | None = None, **more: Any) -> Context:
    async def ask(pod: Any) -> Report | None:
        return (reports or {}).get(pod.name)

    metrics = Metrics()
    queue: WorkQueue[Key] = WorkQueue(1, metrics)
    lasting = Scaling(cluster, Settings()), Census(cluster, (), queue.add)
    return Context(Settings(), cluster, Reports(ask), queue, metrics, *lasting, clock=lambda: NOW, **more)


class Make:
    """Makes what a test needs."""

    raw_model = staticmethod(raw_model)
    model = staticmethod(parsed_model)
    raw_pod = staticmethod(raw_pod)
    cluster = FakeCluster
    context = staticmethod(context_of)


@pytest.fixture
def make() -> type[Make]:
    return Make
