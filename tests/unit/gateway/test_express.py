"""Once there is a connection to a replica, requests take the short way, and nobody can tell."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from starlette.types import Receive, Send

from gateway_raw import CLOSE, HELLO, THEN_CLOSE, raw_replica
from gateway_runtime import FakeRuntime, Paused, Silent, answer, break_off, chunk, start
from gateway_world import LOADING, MODEL, World, route

PATH = f"/models/{MODEL}"
HEAD = f"POST {PATH} HTTP/1.1\r\nhost: x\r\n"
SHORT = f"{HEAD}content-length: 1\r\n\r\na".encode()
OWN_EACH = ("x-request-id", "date")


async def warm(world: World, **spec) -> FakeRuntime:
    """Give a runtime to which the gateway keeps a connection."""
    runtime = await world.ready(**spec)
    await world.post()
    return runtime


@asynccontextmanager
async def short_way(world: World) -> AsyncIterator[None]:
    """Fail unless all requests within the block take it."""
    before = world.app.requests
    yield
    assert world.app.requests == before


async def says(world: World, raw: bytes, until: bytes | None = None) -> bytes:
    """Send bytes; give what comes back, up to `until` or the end."""
    reader, writer = await asyncio.open_connection(*world.url.removeprefix("http://").split(":"))
    writer.write(raw)
    reading = reader.read() if until is None else reader.readuntil(until)
    said = await asyncio.wait_for(reading, 5)
    writer.close()
    return said


async def test_the_second_answer_is_as_the_first(world: World):
    runtime = await world.ready(answer(x_compute_type="cpu", set_cookie="a=b"))
    first = await world.post(user_agent="x", cookie="a=b")
    async with short_way(world):
        second = await world.post(user_agent="x", cookie="a=b")
    told = [
        {name: reply.headers[name] for name in reply.headers.keys() - OWN_EACH} for reply in (first, second)
    ]
    assert (first.status, first.body, told[0]) == (second.status, second.body, told[1])
    one, two = ({**seen.headers, "x-request-id": ""} for seen in runtime.seen)
    assert one == two


async def test_it_is_counted_and_makes_the_model_used(world: World):
    await warm(world)
    world.table._used[MODEL] -= 60
    async with short_way(world):
        await world.post()
    assert world.table.idle_seconds(MODEL) < 50
    assert await world.metric("requests_total{") == 2
    assert await world.metric('request_seconds_count{model="tests/model"}') == 2
    assert await world.metric("in_flight{") == 0


@pytest.mark.parametrize("status", [204, 299, 304, 400, 503])
async def test_any_status_comes_back(world: World, status):
    runtime = await warm(world)
    runtime.act = answer(b"" if status in (204, 304) else b"{}", status)
    async with short_way(world):
        assert (await world.post()).status == status


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(b"", {}, 400), (b"a" * 11, {}, 413), (b"a", {"content_encoding": "gzip"}, 415)],
)
async def test_what_is_refused_is_refused_here_too(world, body, headers, status):
    runtime = await warm(world, limits={"maxBodyBytes": "20"})
    world.table.put(route(MODEL, world.table.get(MODEL).replicas[0].url, limits={"maxBodyBytes": "10"}))
    assert (await world.post(body=body, **headers)).status == status
    assert len(runtime.seen) == 1


async def test_a_body_in_chunks_is_passed_on_whole(world: World):
    runtime = await warm(world)
    head = f"{HEAD}transfer-encoding: chunked\r\nconnection: close\r\n\r\n".encode()
    async with short_way(world):
        assert (await says(world, head + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")).endswith(b"[0.5]")
    assert runtime.seen[1].body == b"hello"


async def test_a_body_in_two_parts_is_passed_on_whole(world: World):
    runtime = await warm(world)
    reader, writer = await asyncio.open_connection(*world.url.removeprefix("http://").split(":"))
    for part in (f"{HEAD}content-length: 5\r\n\r\nhe".encode(), b"llo"):
        writer.write(part)
        await asyncio.sleep(0.02)
    assert (await asyncio.wait_for(reader.readuntil(b"[0.5]"), 5)).startswith(b"HTTP/1.1 200 OK\r\n")
    assert runtime.seen[1].body == b"hello"
    writer.close()


async def test_requests_ahead_of_their_turn_are_answered_in_their_order(world: World):
    runtime = await warm(world)
    last = SHORT.replace(b"host", b"connection: close\r\nhost").replace(b"\r\na", b"\r\nb")
    async with short_way(world):
        said = await says(world, SHORT * 3 + last)
    assert (said.count(b"[0.5]"), said.count(b"connection: close")) == (4, 1)
    assert [seen.body for seen in runtime.seen[1:]] == [b"a", b"a", b"a", b"b"]


async def test_a_stream_flows_as_it_comes(world: World):
    runtime = await warm(world)
    runtime.act = paused = Paused()
    async with short_way(world), world.client.post(world.url + PATH, data=b"a") as reply:
        assert await reply.content.readany() == b"data: 1\n\n"
        paused.go_on.set()
        assert await reply.content.read() == b"data: 2\n\n"


class Flood:
    """Sends far more than the sockets between hold."""

    def __init__(self) -> None:
        self.chunks = [b"a" * 2**16] * 400
        self.sent = 0

    async def __call__(self, receive: Receive, send: Send) -> None:
        await send(start(200))
        for body in self.chunks:
            await send(chunk(body, more=True))
            self.sent += 1
        await send(chunk(b""))

    async def until_it_waits(self) -> None:
        before = -1
        while self.sent != before:
            before = self.sent
            await asyncio.sleep(0.2)


async def test_while_the_caller_does_not_read_the_runtime_waits(gateway):
    world = await gateway(idle_timeout=5.0)
    runtime = await warm(world)
    runtime.act = flood = Flood()
    async with short_way(world), world.client.post(world.url + PATH, data=b"a") as reply:
        await flood.until_it_waits()
        assert 0 < flood.sent < 400
        assert len(await reply.read()) == 400 * 2**16


@pytest.mark.parametrize("headers", [{"content_length": "100"}, {"content_type": "text/event-stream"}])
async def test_a_truncated_answer_reaches_the_caller_truncated(world, headers):
    (await warm(world)).act = break_off(**headers)
    async with short_way(world):
        with pytest.raises(aiohttp.ClientPayloadError):
            await world.post()


async def test_a_stream_that_pauses_for_too_long_is_truncated(world: World):
    (await warm(world)).act = Paused()
    async with short_way(world):
        with pytest.raises(aiohttp.ClientPayloadError):
            await world.post()


async def test_an_answer_that_does_not_begin_in_time_is_a_504(world: World):
    runtime = await warm(world, limits={"timeout": "100ms"})
    runtime.act = silent = Silent()
    async with short_way(world):
        reply = await world.post()
    expected = {"error": "Model too busy, unable to get response in less than 0.1 second(s)"}
    assert (reply.status, reply.json, "x-request-id" in reply.headers) == (504, expected, True)
    await asyncio.wait_for(silent.left.wait(), 5)


async def test_who_hangs_up_cancels_the_runtimes_work(world: World):
    runtime = await warm(world)
    runtime.act = silent = Silent()
    async with short_way(world):
        asking = asyncio.create_task(world.post())
        await silent.begun.wait()
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(silent.left.wait(), 5)
    assert await world.metric('requests_total{model="tests/model",status="499"}') == 1


async def test_a_connection_that_the_replica_closes_is_replaced(world: World):
    async with raw_replica(HELLO, CLOSE) as replica:
        world.table.put(route(MODEL, replica.url))
        assert [(await world.post()).body for _ in range(3)] == [b"hello"] * 3
    assert await world.metric("requests_total{") == 3
    assert replica.connections == 3


async def test_an_answer_that_is_not_http_is_a_502(world: World):
    async with raw_replica(HELLO, b"SSH-2.0\r\n") as replica:
        world.table.put(route(MODEL, replica.url))
        await world.post()
        async with short_way(world):
            reply = await world.post()
    assert (reply.status, reply.json) == (502, {"error": f"Model {MODEL} gave an answer that cannot be read"})


async def test_an_answer_without_a_length_is_given_one(world: World):
    async with raw_replica(HELLO, b"HTTP/1.1 200 OK\r\n\r\nbye" + THEN_CLOSE) as replica:
        world.table.put(route(MODEL, replica.url))
        await world.post()
        async with short_way(world):
            assert (await world.post()).body == b"bye"


async def test_a_hit_is_answered_without_the_application(world: World):
    fake, url = await world.runtime()
    world.table.put(route(MODEL, url, status=LOADING.model_copy(update={"revision": "abc"})))
    await world.post()
    async with short_way(world):
        hit = await world.post()
    assert (hit.body, hit.headers["x-compute-type"], len(fake.seen)) == (b"[0.5]", "cache", 1)


async def test_what_came_the_short_way_is_kept_too(world: World):
    fake, url = await world.runtime()
    world.table.put(route(MODEL, url, status=LOADING.model_copy(update={"revision": "abc"})))
    for body in (b"one", b"two", b"two"):
        await world.post(body=body)
    assert (len(fake.seen), await world.metric("cache_hits_total{")) == (2, 1)
