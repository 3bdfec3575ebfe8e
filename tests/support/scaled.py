"""What autoscaling needs on a real API server: gateways, and a way from the server to the operator."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from operator_real import Real
from tenfold_api.load import GatewayLoad, ModelLoad

METRICS = "/apis/custom.metrics.k8s.io/v1beta2"
_MANIFESTS = Path(__file__).parents[2] / "manifests"
_APPLY = "application/apply-patch+yaml"
_SLICES = "/apis/discovery.k8s.io/v1/namespaces/tenfold/endpointslices"
_REGISTRATION = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta2.custom.metrics.k8s.io"


class Gateway:
    """A gateway as far as the operator sees one. `load` is what it tells, by model id."""

    def __init__(self) -> None:
        self.load: dict[str, ModelLoad] = {}
        self.is_silent = False

    def tell(self, model_id: str, requests: int = 0, idle: float = 0.0) -> None:
        self.load[model_id] = ModelLoad(requests=requests, idle=idle)

    async def answer(self, _: web.Request) -> web.Response:
        if self.is_silent:
            raise web.HTTPServiceUnavailable
        told = GatewayLoad(models=self.load)
        return web.Response(text=told.model_dump_json(by_alias=True), content_type="application/json")


@asynccontextmanager
async def gateway(real: Real) -> AsyncIterator[Gateway]:
    """Run a gateway, and say in an EndpointSlice where it is."""
    running = Gateway()
    application = web.Application()
    application.router.add_get("/load", running.answer)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    address = own_address()
    await web.TCPSite(runner, address, 0).start()
    real.ask("PATCH", f"{_SLICES}/gateway?fieldManager=tests", _slice(*runner.addresses[0]), _APPLY)
    try:
        yield running
    finally:
        real.ask("DELETE", f"{_SLICES}/gateway")
        await runner.cleanup()


def register(real: Real, port: int) -> None:
    """Install what leads the API server to the operator: here the port of this machine, and no pod."""
    documents = {each["kind"]: each for each in yaml.safe_load_all(_installed())}
    registration, service = documents["APIService"], documents["Service"]
    service["spec"] = {"type": "ExternalName", "externalName": "localhost"}
    registration["spec"]["service"]["port"] = port
    services = "/api/v1/namespaces/tenfold/services"
    name = f"{services}/{service['metadata']['name']}?fieldManager=tests"
    real.ask("PATCH", name, service, _APPLY)
    real.ask("PATCH", f"{_REGISTRATION}?fieldManager=tests&force=true", registration, _APPLY)


def unregister(real: Real) -> None:
    """Take back what leads to an operator that is there no more: no namespace can be deleted meanwhile."""
    real.ask("DELETE", _REGISTRATION)


def is_registered(real: Real) -> bool:
    """Tell whether the API server says that it reaches the operator."""
    conditions = real.ask("GET", _REGISTRATION).get("status", {}).get("conditions", [])
    return any(each["type"] == "Available" and each["status"] == "True" for each in conditions)


def own_address() -> str:
    """Give an address by which others would know this machine: no EndpointSlice may name a loopback one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unconnected:
        unconnected.connect(("192.0.2.1", 9))  # nothing is sent
        return str(unconnected.getsockname()[0])


def _installed() -> str:
    return (_MANIFESTS / "operator.yaml").read_text()


def _slice(address: str, port: int) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": "tenfold-gateway"}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "gateway", "namespace": "tenfold", "labels": labels},
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
    }
