"""What may befall a gateway's view of a real API server."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from kubernetes.aio.client import ApiClient

import api_server
import tcp_proxy
from cluster_server import endpoint, endpoint_slice
from operator_objects import manifest
from operator_real import GATEWAY
from tenfold_api import connecting, names
from tenfold_gateway.cluster.api_server import ApiServer
from tenfold_gateway.cluster.backend import ClusterBackend
from tenfold_gateway.cluster.settings import ClusterSettings
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable

SLICES = "/apis/discovery.k8s.io/v1/namespaces/models/endpointslices"


@pytest.fixture
def real(installed):
    if installed is None:
        pytest.skip(f"needs a real API server: {api_server.why_none()}")
    installed.empty()
    return installed


@pytest.fixture
async def network(real):
    async with tcp_proxy.proxy(real.server.port) as running:
        yield running


@pytest.fixture
async def table(real, network, tmp_path, monkeypatch):
    """The routes of a gateway, which reaches the API server by the network of the test."""
    monkeypatch.setenv("KUBECONFIG", str(real.kubeconfig(tmp_path, GATEWAY, network.port)))
    monkeypatch.setattr("tenfold_gateway.cluster.api_server._GRACE", 0.1)
    server = ApiServer(ApiClient(await connecting.configuration()))
    async with following(server) as routes:
        yield routes
    await server.close()


@asynccontextmanager
async def following(server):
    routes, ready = RouteTable(), asyncio.Event()
    backend = ClusterBackend(server, routes, LoadBook(), ClusterSettings(watchSeconds=2))
    task = asyncio.create_task(backend.run(ready))
    async with asyncio.timeout(20):
        await ready.wait()
    yield routes
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def served(real, table):
    """Have two models, each with a pod that answers, and the gateway know of it."""
    for name in ("one", "two"):
        await real.apply(manifest(name, modelId=f"tests/{name}"))
        there = endpoint_slice(endpoint("10.0.0.1", ready=True), of=name, name=name)
        del there["metadata"]["resourceVersion"]
        real.ask("POST", SLICES, there)
    await real.until(lambda: all(replicas(table, name) for name in ("one", "two")))


def replicas(table, name):
    route = table.get(f"tests/{name}")
    return route and route.replicas


async def test_what_went_while_the_api_server_forgot_its_events_is_noticed(real, network, table):
    await served(real, table)
    network.freeze()
    await real.delete(names.KIND, "one")
    real.ask("DELETE", f"{SLICES}?labelSelector={names.MODEL_LABEL}%3Dtwo")
    await asyncio.to_thread(real.server.restart)
    assert replicas(table, "one")
    network.thaw()
    await real.until(lambda: table.get("tests/one") is None, 60)
    await real.until(lambda: not replicas(table, "two"), 60)


async def test_a_watch_that_died_unseen_is_begun_anew(real, network, table):
    await served(real, table)
    network.silence()
    await real.delete(names.KIND, "one")
    await real.until(lambda: table.get("tests/one") is None, 30)
    assert replicas(table, "two")


async def test_cut_connections_cost_no_route(real, network, table):
    await served(real, table)
    for _ in range(5):
        network.cut()
        await asyncio.sleep(0)
        assert replicas(table, "one") and replicas(table, "two")
    await real.apply(manifest("three", modelId="tests/three"))
    await real.until(lambda: table.get("tests/three"), 30)
