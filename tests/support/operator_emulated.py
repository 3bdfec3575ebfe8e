"""An API server that keeps its objects in memory, where no real one is to be had."""

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp.web
import attrs
import kmock
import yaml

from operator_objects import CREATED, EVENTS, KINDS, RESOURCES, Object
from operator_stories import Kube, Request
from tenfold_api import names as api

_VERBS = {"PATCH": "patch", "POST": "create", "DELETE": "delete"}


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
        first = {"uid": f"uid-{key[2]}-{self.version}", "creationTimestamp": CREATED}
        wanted["metadata"] = {**first, **wanted["metadata"], **server_side}
        self._objects[key] = wanted
        await self._buses[key[0]].put({"type": "MODIFIED" if current else "ADDED", "object": wanted})
        return wanted


def laid_over(there: Any, wanted: Any) -> Any:
    if not isinstance(there, dict) or not isinstance(wanted, dict):
        return copy.deepcopy(wanted)
    merged = {**there, **{name: laid_over(there.get(name), value) for name, value in wanted.items()}}
    return {name: value for name, value in merged.items() if value is not None}


def without(there: Object, before: Object, wanted: Object) -> Object:
    """Take out what was applied before and is not now."""
    gone = [name for name in before if name not in wanted]
    kept = {name: value for name, value in there.items() if name not in gone}
    for name in kept.keys() & before.keys():
        if all(isinstance(each.get(name), dict) for each in (kept, before, wanted)):
            kept[name] = without(kept[name], before[name], wanted[name])
    return kept


@asynccontextmanager
async def emulated() -> AsyncIterator["Emulated"]:
    """Run the emulator, with nothing in it."""
    async with Emulator() as emulator, kmock.Server(emulator):
        for group, version, plural in (*RESOURCES.values(), EVENTS, ("", "v1", "namespaces")):
            emulator.resources[f"{group}/{version}/{plural}" if group else f"{version}/{plural}"] = {
                "namespaced": plural != "namespaces",
                "kind": KINDS.get(plural, "Namespace"),
                "singular": plural[:-1],
                "verbs": ["get", "list", "watch", "patch", "create", "delete"],
                "shortnames": [],
                "categories": [],
                "subresources": ["status"],
            }
        yield Emulated(emulator)


class Emulated(Kube):
    """The emulator as tests see it."""

    def __init__(self, server: Emulator) -> None:
        self.server = server

    async def apply(self, manifest: Object) -> Object:
        key = _key(manifest["kind"], manifest["metadata"]["name"], manifest["metadata"]["namespace"])
        current = self._current(key)
        return await self.server.store(key, current, laid_over(copy.deepcopy(current or {}), manifest))

    async def delete(self, kind: str, name: str, namespace: str = "models") -> None:
        key = _key(kind, name, namespace)
        there = copy.deepcopy(self._current(key))
        self.server.objects[key].delete()
        await self.server._buses[key[0]].put({"type": "DELETED", "object": there})

    def get(self, kind: str, name: str, namespace: str = "models") -> Object:
        return copy.deepcopy(self._current(_key(kind, name, namespace))) or {}

    def children(self, namespace: str) -> set[tuple[str, str]]:
        stored = self.server.objects.items()
        found = [value.raw for key, value in stored if key[1] == namespace and not value.deleted]
        children = RESOURCES.keys() - {api.KIND, "Pod"}
        return {(each["kind"], each["metadata"]["name"]) for each in found if each["kind"] in children}

    def events(self) -> list[tuple[str, str]]:
        posted = [each.data for each in self.server.seen if each.method.value.upper() == "POST"]
        return [(event["type"], event["reason"]) for event in posted]

    def requests(self) -> list[Request]:
        return [_request(each) for each in self.server.seen if each.resource and each.resource.plural]

    def kubeconfig(self, folder: Path) -> Path:
        named = {"clusters": [{"name": "test", "cluster": {"server": str(self.server.url).rstrip("/")}}]}
        users = {"users": [{"name": "test", "user": {"token": "none"}}]}
        contexts = {"contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}
        file = folder / "kubeconfig"
        file.write_text(yaml.safe_dump({"current-context": "test", **named, **users, **contexts}))
        return file

    def _current(self, key: Any) -> Object | None:
        if key not in self.server.objects:
            return None
        found = self.server.objects[key]
        return None if found.deleted else found.raw


def _key(kind: str, name: str, namespace: str) -> Any:
    return kmock.resource(*RESOURCES[kind]), namespace, name


def _request(seen: Any) -> Request:
    method = seen.method.value.upper()
    reading = "watch" if "watch" in seen.params else "list"
    resource = "/".join(filter(None, (seen.resource.plural, seen.subresource)))
    return Request(_VERBS.get(method, reading), seen.resource.group, resource, seen.name or "")
