"""The real operator, under the real kopf, against an API server that keeps its objects in memory."""

import asyncio
import copy
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp.web
import attrs
import kmock
import pytest
import yaml
from kubernetes.aio.client import ApiClient

from tenfold_api import names as api
from tenfold_operator import main, names
from tenfold_operator.cluster import PLURALS, ApiServer
from tenfold_operator.context import Context
from tenfold_operator.handlers import CHILDREN, MODELS, PODS
from tenfold_operator.pods import Pod
from tenfold_operator.reports import Report, Reports
from tenfold_operator.settings import Settings
from tenfold_operator.work_queue import WorkQueue

Object = dict[str, Any]

_PLURALS = {**PLURALS, "Pod": "pods", "Event": "events"}
EVENTS = ("", "v1", "events")
_CREATED = "2026-01-01T00:00:00Z"


@attrs.define(kw_only=True)
class Emulator(kmock.KubernetesEmulator):
    """kmock's emulator, with server-side apply as the operator relies on it: owned fields, no-ops, status."""

    applied: dict[Any, Object] = attrs.field(factory=dict, init=False)
    version: int = attrs.field(default=0, init=False)
    seen: list[Any] = attrs.field(factory=list, init=False)
    failures: int = attrs.field(default=0, init=False)
    """Applies that are yet to be answered with 500."""

    async def _handle(self, request: Any) -> aiohttp.web.StreamResponse:
        self.seen.append(request)
        if request.headers.get("Content-Type", "").startswith("application/apply-patch"):
            return await self._apply(request)
        if request.method.value.upper() == "POST":
            return aiohttp.web.json_response(request.data)  # an Event, which no one reads back
        return await super()._handle(request)

    async def _apply(self, request: Any) -> aiohttp.web.StreamResponse:
        if self.failures:
            self.failures -= 1
            return aiohttp.web.json_response({"message": "overloaded"}, status=500)
        key = (request.resource, request.namespace, request.name)
        there = self._objects[key] if key in self._objects else None  # noqa: SIM401 - it has no get()
        current = None if there is None or there.deleted else copy.deepcopy(there.raw)
        if current is None and request.subresource:
            return aiohttp.web.json_response({"message": "not found"}, status=404)
        owned = (*key, request.subresource)
        pruned = without(current or {}, self.applied.get(owned, {}), request.data)
        self.applied[owned] = request.data
        return aiohttp.web.json_response(await self.store(key, current, laid_over(pruned, request.data)))

    async def store(self, key: Any, current: Object | None, wanted: Object) -> Object:
        """Store the object and tell the watchers, unless nothing about it is new."""
        if current == wanted:
            return wanted
        self.version += 1
        is_new_spec = current is None or current.get("spec") != wanted.get("spec")
        generation = ((current or {}).get("metadata", {}).get("generation", 0)) + is_new_spec
        server_side = {"generation": generation, "resourceVersion": str(self.version)}
        first = {"uid": f"uid-{key[2]}-{self.version}", "creationTimestamp": _CREATED}
        wanted["metadata"] = {**first, **wanted["metadata"], **server_side}
        self._objects[key] = wanted
        await self._buses[key[0]].put({"type": "MODIFIED" if current else "ADDED", "object": wanted})
        return wanted


def laid_over(there: Any, wanted: Any) -> Any:
    if not isinstance(there, dict) or not isinstance(wanted, dict):
        return copy.deepcopy(wanted)
    return {**there, **{name: laid_over(there.get(name), value) for name, value in wanted.items()}}


def without(there: Object, before: Object, wanted: Object) -> Object:
    """Take out what was applied before and is not now."""
    gone = [name for name in before if name not in wanted]
    kept = {name: value for name, value in there.items() if name not in gone}
    for name in kept.keys() & before.keys():
        if all(isinstance(each.get(name), dict) for each in (kept, before, wanted)):
            kept[name] = without(kept[name], before[name], wanted[name])
    return kept


class Kube:
    """What a test does to the cluster, and what it sees there."""

    def __init__(self, server: Emulator) -> None:
        self.server = server

    async def apply(self, manifest: Object) -> Object:
        """Store the object as another client would: fields that are not named stay."""
        key = self._key(manifest["kind"], manifest["metadata"]["name"], manifest["metadata"]["namespace"])
        current = self._current(key)
        return await self.server.store(key, current, laid_over(copy.deepcopy(current or {}), manifest))

    async def delete(self, kind: str, name: str, namespace: str = "models") -> None:
        key = self._key(kind, name, namespace)
        there = copy.deepcopy(self._current(key))
        self.server.objects[key].delete()
        await self.server._buses[key[0]].put({"type": "DELETED", "object": there})

    def get(self, kind: str, name: str, namespace: str = "models") -> Object:
        """Give the object, {} where there is none."""
        return copy.deepcopy(self._current(self._key(kind, name, namespace))) or {}

    def kinds(self, namespace: str = "models") -> set[str]:
        """Give the kinds of all children in the namespace."""
        return {kind for kind, _ in self._children(namespace)}

    def kinds_of(self, model: str, namespace: str = "models") -> set[str]:
        """Give the kinds of the model's children."""
        return {kind for kind, name in self._children(namespace) if name == names.child(model)}

    def _children(self, namespace: str) -> set[tuple[str, str]]:
        stored = self.server.objects.items()
        found = [value.raw for key, value in stored if key[1] == namespace and not value.deleted]
        children = set(PLURALS) - {api.KIND}
        return {(each["kind"], each["metadata"]["name"]) for each in found if each["kind"] in children}

    def events(self) -> list[tuple[str, str]]:
        """Give type and reason of every Event that was recorded, in their order."""
        posted = [each.data for each in self.server.seen if each.method.value.upper() == "POST"]
        return [(event["type"], event["reason"]) for event in posted]

    def writes(self) -> list[str]:
        """Give the writes that reached the server, as `PATCH plural/name`."""
        changes = [each for each in self.server.seen if each.method.value.upper() not in ("GET", "HEAD")]
        return [f"{each.method.value.upper()} {each.resource.plural}/{each.name or ''}" for each in changes]

    def condition(self, name: str, type_: str, namespace: str = "models") -> tuple[str, str] | None:
        status = self.get(api.KIND, name, namespace).get("status", {})
        found = (each for each in status.get("conditions", []) if each["type"] == type_)
        return next(((each["status"], each["reason"]) for each in found), None)

    async def until(self, holds: Callable[[], Any], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is awaited is the state of a server
                await asyncio.sleep(0.01)

    def _current(self, key: Any) -> Object | None:
        if key not in self.server.objects:
            return None
        found = self.server.objects[key]
        return None if found.deleted else found.raw

    def _key(self, kind: str, name: str, namespace: str) -> Any:
        group, version, plural = next(each for each in (MODELS, PODS, *CHILDREN) if each[2] == _PLURALS[kind])
        return kmock.resource(group, version, plural), namespace, name


class Runtimes:
    """The runtimes in the pods, as far as the operator asks them."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}

    async def __call__(self, pod: Pod) -> Report | None:
        return self.reports.get(pod.name)


@pytest.fixture
async def server() -> AsyncIterator[Emulator]:
    async with Emulator() as emulator, kmock.Server(emulator):
        for group, version, plural in (
            MODELS,
            PODS,
            *CHILDREN,
            ("", "v1", "events"),
            ("", "v1", "namespaces"),
        ):
            kinds = {plural: kind for kind, plural in _PLURALS.items()}
            emulator.resources[f"{group}/{version}/{plural}" if group else f"{version}/{plural}"] = {
                "namespaced": plural != "namespaces",
                "kind": kinds.get(plural, "Namespace"),
                "singular": plural[:-1],
                "verbs": ["get", "list", "watch", "patch", "create", "delete"],
                "shortnames": [],
                "categories": [],
                "subresources": ["status"],
            }
        yield emulator


@pytest.fixture
def kube(server: Emulator) -> Kube:
    return Kube(server)


@pytest.fixture
def runtimes() -> Runtimes:
    return Runtimes()


@asynccontextmanager
async def running(runtimes: Runtimes, chosen: Object) -> AsyncIterator[Context]:
    """Run the operator with nothing left of earlier runs, as a process would, and end it."""
    settings = Settings.model_validate({"workers": 4, "probeSeconds": 0.05, **chosen})
    cluster = ApiServer(ApiClient(await main.configuration()))
    context = Context(settings, cluster, Reports(runtimes), WorkQueue(settings.workers))
    task = asyncio.create_task(main.operate(context))
    try:
        yield context
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await cluster.close()


@pytest.fixture
def operate(
    server: Emulator, runtimes: Runtimes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractAsyncContextManager[Context]]:
    """Runs the operator: `async with operate(settings):`."""
    monkeypatch.setenv("KUBECONFIG", str(_kubeconfig(tmp_path, str(server.url))))
    return lambda chosen=None: running(runtimes, chosen or {})


@pytest.fixture
async def operator(operate: Any) -> AsyncIterator[Context]:
    """The running operator."""
    async with operate() as started:
        yield started


def _kubeconfig(folder: Path, url: str) -> Path:
    named = {"clusters": [{"name": "test", "cluster": {"server": url.rstrip("/")}}]}
    users = {"users": [{"name": "test", "user": {"token": "none"}}]}
    contexts = {"contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump({"current-context": "test", **named, **users, **contexts}))
    return file


def manifest(name: str = "minilm", created: str = _CREATED, **spec: Any) -> Object:
    """Give an InferenceModel as the API server stores it: with its defaults filled in."""
    metadata = {"name": name, "namespace": "models", "creationTimestamp": created}
    document = {"apiVersion": api.API_VERSION, "kind": api.KIND, "metadata": metadata}
    source = {"source": {"hub": {"repo": "sentence-transformers/all-MiniLM-L6-v2"}}}
    return {**document, "spec": {"replicas": 1, **source, **spec}}


def pod(model: str = "minilm", name: str = "pod-1", **status: Any) -> Object:
    """Give a pod of the model, placed and running, not ready."""
    running = {"name": "runtime", "ready": False, "restartCount": 0, "state": {"running": {}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "models", "labels": names.labels(model)},
        "spec": {"nodeName": "node-1"},
        "status": {"phase": "Running", "podIP": "10.0.0.1", "containerStatuses": [running], **status},
    }


def ready_pod(model: str = "minilm", name: str = "pod-1") -> Object:
    running = {"name": "runtime", "ready": True, "restartCount": 0, "state": {"running": {}}}
    ready = {"type": "Ready", "status": "True"}
    return pod(model, name, containerStatuses=[running], conditions=[ready])


class Make:
    """Makes the objects of a test."""

    model = staticmethod(manifest)
    pod = staticmethod(pod)
    ready_pod = staticmethod(ready_pod)


@pytest.fixture
def make() -> type[Make]:
    return Make
