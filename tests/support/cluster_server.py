"""An API server on a socket, as far as gateways ask one: lists, watches, and the scale of a model."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from kubernetes.aio.client import ApiClient, Configuration

from tenfold_api import names
from tenfold_gateway.cluster.api_server import ApiServer

Object = dict[str, Any]


class FakeServer:
    """Keeps objects by resource, and every change of them for those who watch."""

    def __init__(self) -> None:
        self.version = 100
        self.objects: dict[str, dict[tuple[str, str], Object]] = {"inferencemodels": {}, "endpointslices": {}}
        self.patches: list[tuple[str, Object]] = []
        self.lists: list[str] = []
        self.watches: list[str] = []
        self.silent = False
        """Whether watches are told nothing, as on a connection that died unseen."""
        self.expired = False
        """Whether the next watch is told that its version is gone."""
        self.refusal: int | None = None
        """Status with which every request is answered."""
        self._watchers: list[tuple[str, asyncio.Queue[Object | None]]] = []
        self._listens = False

    def put(self, resource: str, raw: Object) -> Object:
        """Store the object, and tell those who watch."""
        self.version += 1
        named = raw["metadata"]["namespace"], raw["metadata"]["name"]
        kind = "MODIFIED" if named in self.objects[resource] else "ADDED"
        stored = {**raw, "metadata": {**raw["metadata"], "resourceVersion": str(self.version)}}
        self.objects[resource][named] = stored
        self._tell(resource, {"type": kind, "object": stored})
        return stored

    def delete(self, resource: str, name: str, namespace: str = "models") -> None:
        self.version += 1
        gone = self.objects[resource].pop((namespace, name))
        gone["metadata"]["resourceVersion"] = str(self.version)
        self._tell(resource, {"type": "DELETED", "object": gone})

    @property
    def is_watched(self) -> bool:
        """Whether every resource is watched at this moment."""
        return {watched for watched, _ in self._watchers} == self.objects.keys()

    def close_watches(self) -> None:
        """End every watch, as an API server does now and then."""
        for _, queue in self._watchers:
            queue.put_nowait(None)

    def _tell(self, resource: str, event: Object) -> None:
        for watched, queue in self._watchers:
            if watched == resource and not self.silent:
                queue.put_nowait(event)

    async def read(self, request: web.Request) -> web.StreamResponse:
        resource = request.match_info["resource"]
        if self.refusal:
            return web.json_response({"message": "not now"}, status=self.refusal)
        if "watch" in request.query:
            return await self._watch(request, resource)
        self.lists.append(resource)
        items = list(self.objects[resource].values())
        return web.json_response({"metadata": {"resourceVersion": str(self.version)}, "items": items})

    async def _watch(self, request: web.Request, resource: str) -> web.StreamResponse:
        self.watches.append(resource)
        response = web.StreamResponse()
        await response.prepare(request)
        if self.expired:
            self.expired = False
            gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
            await response.write(json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n")
            return response
        await self._follow(response, resource, int(request.query["resourceVersion"]))
        return response

    async def _follow(self, response: web.StreamResponse, resource: str, since: int) -> None:
        queue: asyncio.Queue[Object | None] = asyncio.Queue()
        for raw in self.objects[resource].values():
            if int(raw["metadata"]["resourceVersion"]) > since:
                queue.put_nowait({"type": "MODIFIED", "object": raw})
        self._watchers.append((resource, queue))
        try:
            while self._listens and (event := await queue.get()):
                await response.write(json.dumps(event).encode() + b"\n")
        finally:
            self._watchers.remove((resource, queue))

    async def scale(self, request: web.Request) -> web.StreamResponse:
        named = request.match_info["namespace"], request.match_info["name"]
        there = self.objects["inferencemodels"].get(named)
        if there is None:
            return web.json_response({"message": "not found"}, status=404)
        if request.method == "PATCH":
            change = await request.json()
            self.patches.append((named[1], change))
            if self.refusal:
                return web.json_response({"message": "not now"}, status=self.refusal)
            if change["metadata"]["resourceVersion"] != there["metadata"]["resourceVersion"]:
                return web.json_response({"message": "the object has been modified"}, status=409)
            there = self.put("inferencemodels", {**there, "spec": {**there["spec"], **change["spec"]}})
        metadata = {"resourceVersion": there["metadata"]["resourceVersion"]}
        replicas = there["spec"]["replicas"]
        return web.json_response({"metadata": metadata, "spec": {"replicas": replicas} if replicas else {}})

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[int]:
        """Listen within the block; gives the port."""
        app = web.Application()
        models = "/apis/tenfold.dev/v1alpha1/namespaces/{namespace}/inferencemodels/{name}/scale"
        app.router.add_route("*", models, self.scale)
        app.router.add_get("/apis/{group}/{version}/{resource}", self.read)
        app.router.add_get("/apis/{group}/{version}/namespaces/{namespace}/{resource}", self.read)
        runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self._listens = True
        try:
            yield runner.addresses[0][1]
        finally:
            self._listens = False  # a watch that is only now asked for would be waited for
            self.close_watches()
            await runner.cleanup()


@asynccontextmanager
async def client(port: int) -> AsyncIterator[ApiServer]:
    """Connect to the server within the block."""
    configuration = Configuration()
    configuration.host = f"http://127.0.0.1:{port}"
    server = ApiServer(ApiClient(configuration))
    try:
        yield server
    finally:
        await server.close()


def model(name: str = "minilm", replicas: int = 1, status: Object | None = None, **spec: Any) -> Object:
    """Give an InferenceModel as it is stored."""
    metadata = {
        "name": name,
        "namespace": "models",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "resourceVersion": "1",
    }
    source = {"hub": {"repo": f"tests/{name}"}}
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.KIND,
        "metadata": metadata,
        "spec": {"source": source, "replicas": replicas, **spec},
        "status": status or {},
    }


def told(phase: str, **conditions: tuple[str, str, str]) -> Object:
    """Give a status: of each condition its status, reason and message."""
    since = "2026-01-01T00:00:00Z"
    fields = ("status", "reason", "message")
    listed = [
        {"type": kind, "lastTransitionTime": since, **dict(zip(fields, said, strict=True))}
        for kind, said in conditions.items()
    ]
    return {"phase": phase, "observedGeneration": 1, "conditions": listed}


def endpoint(address: str = "10.0.0.1", uid: str = "", **conditions: bool) -> Object:
    target = {"targetRef": {"kind": "Pod", "uid": uid}} if uid else {}
    return {"addresses": [address], "conditions": conditions, **target}


def endpoint_slice(
    *endpoints: Object, of: str = "minilm", name: str = "slice", port: int = 8000, family: str = "IPv4"
) -> Object:
    """Give an EndpointSlice of a model's Service."""
    labels = {names.MODEL_LABEL: names.model_label(of)}
    return {
        "metadata": {"name": name, "namespace": "models", "labels": labels, "resourceVersion": "1"},
        "addressType": family,
        "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
        "endpoints": list(endpoints),
    }
