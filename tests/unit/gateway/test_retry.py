"""A connection that fails before a byte of the answer is tried once more, elsewhere if there is elsewhere."""

import asyncio

from gateway_sockets import nobody, saying
from gateway_world import MODEL, World, route

SILENTLY_CLOSED = b""


async def test_a_refused_connection_is_tried_on_the_other_replica(world: World):
    runtime, url = await world.runtime()
    world.table.put(route(MODEL, nobody(), url))
    assert [(await world.post()).status for _ in range(8)] == [200] * 8
    assert len(runtime.seen) == 8


async def test_a_connection_closed_without_an_answer_is_tried_on_the_other_replica(world: World):
    _, url = await world.runtime()
    async with saying(SILENTLY_CLOSED) as dying:
        world.table.put(route(MODEL, dying, url))
        assert [(await world.post()).status for _ in range(8)] == [200] * 8


async def test_the_last_replica_lost_is_a_502_that_says_when_to_come_back(world: World):
    world.table.put(route(MODEL, nobody()))
    reply = await world.post()
    assert (reply.status, reply.headers["retry-after"]) == (502, "1")
    assert reply.json == {"error": f"Model {MODEL} went away before it answered; try again"}


async def test_a_replica_that_was_replaced_in_the_meantime_answers(gateway):
    world = await gateway(retry_pause=5.0)
    _, url = await world.runtime()
    world.table.put(route(MODEL, nobody()))
    asking = asyncio.create_task(world.post())
    await asyncio.sleep(0.05)
    world.table.put(route(MODEL, url))
    assert (await asking).status == 200


async def test_who_waits_by_default_outlives_a_crash_of_the_only_replica(gateway):
    world = await gateway(retry_pause=5.0)
    _, url = await world.runtime()
    world.table.put(route(MODEL, nobody()))
    asking = asyncio.create_task(world.post(user_agent="hf_hub/2.4.0"))
    await asyncio.sleep(0.05)
    world.cold()
    await world.until_held(1)
    world.table.put(route(MODEL, url))
    assert (await asking).status == 200
