"""A body that is empty, too large, too slow or compressed is refused before any runtime hears of it."""

import asyncio

from gateway_world import MODEL, World


async def dripping(*chunks: bytes, pause: float = 0.0):
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(pause)


async def test_an_empty_body_is_a_400(world: World):
    runtime = await world.ready()
    reply = await world.post(body=b"")
    assert (reply.status, runtime.seen) == (400, [])
    assert reply.json == {"error": ["Error in body: it is empty; send JSON with inputs"]}


async def test_a_body_that_says_it_is_too_large_is_a_413(world: World):
    runtime = await world.ready(limits={"maxBodyBytes": "10"})
    reply = await world.post(body=b"a" * 11)
    assert (reply.status, runtime.seen) == (413, [])
    assert reply.json == {"error": "the body is larger than 10 bytes"}


async def test_a_body_that_turns_out_too_large_is_a_413(world: World):
    runtime = await world.ready(limits={"maxBodyBytes": "10"})
    reply = await world.post(body=dripping(b"a" * 6, b"a" * 6))
    assert (reply.status, runtime.seen) == (413, [])


async def test_a_body_of_exactly_the_limit_passes(world: World):
    runtime = await world.ready(limits={"maxBodyBytes": "10"})
    assert (await world.post(body=b"a" * 10)).status == 200
    assert runtime.seen[0].body == b"a" * 10


async def test_a_large_body_arrives_whole(world: World):
    runtime = await world.ready()
    assert (await world.post(body=dripping(*[b"a" * 2**20] * 3))).status == 200
    assert len(runtime.seen[0].body) == 3 * 2**20


async def test_a_compressed_body_is_a_415(world: World):
    await world.ready()
    reply = await world.post(content_encoding="gzip")
    assert (reply.status, reply.headers["accept-encoding"]) == (415, "identity")
    assert "gzip is not supported" in reply.json["error"]


async def test_a_body_that_dawdles_is_a_408(world: World):
    await world.ready()
    reader, writer = await asyncio.open_connection(*world.url.removeprefix("http://").split(":"))
    writer.write(f"POST /models/{MODEL} HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\na".encode())
    reply = await reader.read()
    writer.close()
    assert reply.startswith(b"HTTP/1.1 408 ")
    assert b'{"error":"the body did not arrive within 0.2 seconds"}' in reply
