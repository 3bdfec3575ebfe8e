"""What passes between the caller and the runtime, and what is kept from either."""

import asyncio
import contextlib

import aiohttp
import pytest

from gateway_runtime import Paused, Silent, answer, break_off
from gateway_sockets import saying
from gateway_world import MODEL, World, route

SENT = {
    "authorization": "Bearer hf_secret",
    "cookie": "session=1",
    "proxy_authorization": "Basic x",
    "x_forwarded_for": "10.0.0.1",
    "x_use_cache": "false",
    "accept": "image/png",
    "content_type": "audio/flac",
    "user_agent": "hf_hub/2.4.0",
}
KNOWN = {"x-use-cache": "false", "accept": "image/png", "content-type": "audio/flac"}


async def test_a_runtime_sees_only_headers_that_concern_it(world: World):
    runtime = await world.ready()
    await world.post(**SENT)
    seen = runtime.seen[0].headers
    assert seen.pop("x-request-id")
    assert seen.pop("host").startswith("127.0.0.1")
    assert seen == {**KNOWN, "user-agent": "hf_hub/2.4.0", "content-length": "15"}


async def test_the_body_is_passed_on_as_it_is(world: World):
    runtime = await world.ready()
    await world.post(body=b"\xff\x00 not json")
    assert runtime.seen[0].body == b"\xff\x00 not json"


async def test_the_runtimes_headers_come_back_without_those_of_its_connection(world: World):
    told = {"x_compute_type": "cpu+optimized", "x_compute_time": "0.021", "x_sha": "abc"}
    await world.ready(answer(set_cookie="a=b", server="secret", keep_alive="timeout=5", **told))
    headers = (await world.post()).headers
    assert {name: headers[name.replace("_", "-")] for name in told} == told
    assert headers.keys().isdisjoint({"set-cookie", "server", "keep-alive"})


@pytest.mark.parametrize("status", [400, 422, 429, 500, 503])
async def test_the_runtimes_errors_are_passed_on(world, status):
    await world.ready(answer(b'{"error": "full"}', status, retry_after="3"))
    reply = await world.post()
    assert (reply.status, reply.json, reply.headers["retry-after"]) == (status, {"error": "full"}, "3")


async def test_an_answer_without_a_body_comes_back(world: World):
    await world.ready(answer(b""))
    assert (await world.post()).body == b""


async def test_a_stream_flows_as_it_comes(world: World):
    runtime = Paused()
    await world.ready(runtime)
    async with world.client.post(f"{world.url}/models/{MODEL}", data=b"a") as reply:
        assert await reply.content.readany() == b"data: 1\n\n"
        runtime.go_on.set()
        assert await reply.content.read() == b"data: 2\n\n"


@pytest.mark.parametrize("headers", [{"content_length": "100"}, {"content_type": "text/event-stream"}])
async def test_a_truncated_answer_reaches_the_caller_truncated(world, headers):
    await world.ready(break_off(**headers))
    with pytest.raises(aiohttp.ClientPayloadError):
        await world.post()


async def test_a_stream_that_pauses_for_too_long_is_truncated(world: World):
    await world.ready(Paused())
    with pytest.raises(aiohttp.ClientPayloadError):
        await world.post()


async def test_an_answer_that_does_not_begin_in_time_is_a_504(world: World):
    runtime = Silent()
    await world.ready(runtime, limits={"timeout": "100ms"})
    reply = await world.post()
    expected = {"error": "Model too busy, unable to get response in less than 0.1 second(s)"}
    assert (reply.status, reply.json) == (504, expected)
    await asyncio.wait_for(runtime.left.wait(), 5)


async def test_who_hangs_up_cancels_the_runtimes_work(world: World):
    runtime = Silent()
    await world.ready(runtime)
    asking = asyncio.create_task(world.post())
    await runtime.begun.wait()
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await asyncio.wait_for(runtime.left.wait(), 5)


async def test_an_answer_that_is_not_http_is_a_502(world: World):
    async with saying(b"SSH-2.0-OpenSSH\r\n") as url:
        world.table.put(route(MODEL, url))
        reply = await world.post()
    assert (reply.status, reply.json) == (502, {"error": f"Model {MODEL} gave an answer that cannot be read"})
