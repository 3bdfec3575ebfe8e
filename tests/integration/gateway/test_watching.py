"""Watches against a server on a real socket: what was seen last stays, whatever becomes of the server."""

import asyncio
from contextlib import asynccontextmanager

import pytest

import cluster_server
from cluster_server import FakeServer, model
from tenfold_gateway.cluster import paths
from tenfold_gateway.cluster.watch import Watch


class Names:
    """A sink that keeps names, and lets a test wait for them."""

    def __init__(self):
        self.seen = set()
        self._changed = asyncio.Event()

    def put(self, raw):
        self.seen.add(raw["metadata"]["name"])
        self._changed.set()

    def remove(self, key):
        self.seen.discard(key.name)
        self._changed.set()

    async def are(self, *names):
        async with asyncio.timeout(10):
            while self.seen != set(names):
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
def server():
    fake = FakeServer()
    fake.put("inferencemodels", model("a"))
    return fake


@asynccontextmanager
async def watching(port, seconds=60):
    async with cluster_server.client(port) as client:
        names = Names()
        watch = Watch(client, paths.models(), names, seconds=seconds, pause=lambda _: 0.01)
        task = asyncio.create_task(watch.run())
        try:
            yield names, watch
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_what_comes_and_goes_is_seen(server):
    async with server.listening() as port, watching(port) as (names, watch):
        await names.are("a")
        server.put("inferencemodels", model("b"))
        await names.are("a", "b")
        server.delete("inferencemodels", "a")
        await names.are("b")
        assert watch.synced.is_set()


async def test_an_object_larger_than_a_line_of_aiohttp_is_read(server):
    async with server.listening() as port, watching(port) as (names, _):
        await names.are("a")
        server.put("inferencemodels", model("b", nodeSelector={"a": "b" * 500_000}))
        await names.are("a", "b")


async def test_a_watch_that_the_server_closes_goes_on_where_it_was(server):
    async with server.listening() as port, watching(port) as (names, _):
        await names.are("a")
        server.close_watches()
        server.put("inferencemodels", model("b"))
        await names.are("a", "b")
        assert server.lists == ["inferencemodels"]


async def test_a_version_that_is_gone_is_listed_anew(server):
    async with server.listening() as port, watching(port) as (names, _):
        await names.are("a")
        server.silent = server.expired = True
        server.delete("inferencemodels", "a")
        server.put("inferencemodels", model("b"))
        server.close_watches()
        await names.are("b")
        assert len(server.lists) == 2


async def test_a_connection_that_died_unseen_is_given_up(server, monkeypatch):
    monkeypatch.setattr("tenfold_gateway.cluster.api_server._GRACE", 0.1)
    async with server.listening() as port, watching(port, seconds=1) as (names, _):
        await names.are("a")
        server.silent = True
        server.put("inferencemodels", model("b"))
        await names.are("a", "b")


async def test_a_server_that_restarts_is_found_again_and_nothing_is_forgotten_meanwhile(server):
    async with server.listening() as port:
        watched = watching(port)
        names, watch = await watched.__aenter__()
        await names.are("a")
    assert names.seen == {"a"}
    server.objects["inferencemodels"].clear()
    server.put("inferencemodels", model("b"))
    async with server.listening(port):
        server.expired = True
        await names.are("b")
    await watched.__aexit__(None, None, None)
    assert watch.synced.is_set()


async def test_a_server_that_refuses_is_asked_again(server):
    server.refusal = 403
    async with server.listening() as port, watching(port) as (names, watch):
        async with asyncio.timeout(5):
            while watch._failures < 2:  # noqa: ASYNC110 - what is awaited has no event
                await asyncio.sleep(0.01)
        assert not watch.synced.is_set()
        server.refusal = None
        await names.are("a")
