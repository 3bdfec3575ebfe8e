"""The gateway on a real API server may do what it does, and nothing else."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from kubernetes.aio.client import ApiClient

import api_server
from cluster_server import endpoint, endpoint_slice
from operator_objects import manifest
from operator_real import GATEWAY
from rights import allowed, used
from tenfold_api import connecting, names
from tenfold_gateway.cluster import known, paths
from tenfold_gateway.cluster.api_server import ApiServer
from tenfold_gateway.cluster.backend import ClusterBackend
from tenfold_gateway.cluster.settings import ClusterSettings
from tenfold_gateway.cluster.waker import ScaleWaker
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable

MODEL_ID = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture
def real(installed):
    if installed is None:
        pytest.skip(f"needs a real API server: {api_server.why_none()}")
    installed.empty()
    return installed


@pytest.fixture
async def server(real, tmp_path, monkeypatch):
    """The API server as the gateway reaches it, with its own ServiceAccount's token."""
    monkeypatch.setenv("KUBECONFIG", str(real.kubeconfig(tmp_path, GATEWAY)))
    client = ApiServer(ApiClient(await connecting.configuration()))
    yield client
    await client.close()


@asynccontextmanager
async def following(server):
    """Follow the cluster, as a gateway does; gives the table and the waker."""
    table = RouteTable()
    backend = ClusterBackend(server, table, LoadBook(), ClusterSettings())
    ready = asyncio.Event()
    task = asyncio.create_task(backend.run(ready))
    async with asyncio.timeout(20):
        await ready.wait()
    yield table, backend.waker
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class LateNews:
    """Knows a model as it was stored once."""

    def __init__(self, stored):
        self._known = known.parse(stored)

    def served(self, model_id):
        return self._known


@pytest.fixture
async def told(real, server):
    """A cluster in which a gateway has done everything that it ever does."""
    asleep = await real.apply(manifest(replicas=0))
    async with following(server) as (table, waker):
        await real.until(lambda: table.get(MODEL_ID))
        await waker.wake(MODEL_ID)
        await real.until(lambda: table.get(MODEL_ID).model.spec.replicas == 1)
        await real.apply(manifest(replicas=0))
        await ScaleWaker(server, LateNews(asleep)).wake(MODEL_ID)
    return real


def test_every_right_of_the_gateway_is_used_and_none_is_missing(told):
    assert used(told.requests(GATEWAY)) == allowed("gateway.yaml")
    assert not told.forbidden(GATEWAY)


def test_a_gateway_with_late_news_wakes_the_model_all_the_same(told):
    assert told.get(names.KIND, "minilm")["spec"]["replicas"] == 1


async def test_the_gateway_sees_where_a_model_answers(real, server):
    await real.apply(manifest())
    addresses = endpoint_slice(endpoint("10.0.0.7", ready=True))
    del addresses["metadata"]["resourceVersion"]
    real.ask("POST", paths.slices("models"), addresses)
    async with following(server) as (table, _):
        assert [replica.url for replica in table.get(MODEL_ID).replicas] == ["http://10.0.0.7:8000"]


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("patch", names.PLURAL),
        ("patch", f"{names.PLURAL}/status"),
        ("delete", names.PLURAL),
        ("get", "secrets"),
        ("list", "secrets"),
        ("list", "pods"),
        ("create", "events"),
    ],
)
def test_what_the_gateway_never_does_a_real_server_refuses(real, verb, resource):
    assert not real.may(GATEWAY, verb, resource)
