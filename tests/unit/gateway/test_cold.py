"""A model that is not ready: 503 with an estimate, a place to wait, or the reason why it never will be."""

import asyncio
import contextlib

import pytest

from gateway_world import MODEL, NEVER_LOADED, World, model, route
from tenfold_api.progress import LoadPhase, RuntimeStatus, State
from tenfold_gateway.routes import Route

HUB = "unknown/None; hf_hub/2.4.0; python/3.11.2"


async def ready_soon(world: World) -> None:
    """Have the waker bring the model up."""
    _, url = await world.runtime()

    async def then(model_id: str) -> None:
        world.table.put(route(model_id, url))

    world.waker.then = then


async def test_a_sleeping_model_is_a_503_with_an_estimate_and_is_woken(world: World):
    world.cold(status=None)
    reply = await world.post()
    assert reply.status == 503
    assert reply.json == {"error": f"Model {MODEL} is currently loading", "estimated_time": NEVER_LOADED}
    assert (reply.headers["retry-after"], world.waker.woken) == ("23", [MODEL])


async def test_the_estimate_shrinks_as_the_load_goes_on(world: World):
    estimates = []
    for seconds in (0.0, 2.0, 4.0):
        world.cold(RuntimeStatus(state=State.LOADING, phase=LoadPhase.CONVERT, phase_seconds=seconds))
        estimates.append((await world.post()).json["estimated_time"])
    assert estimates == sorted(set(estimates), reverse=True)


@pytest.mark.parametrize(
    "request_",
    [
        {"x_wait_for_model": "true"},
        {"x_scale_up_timeout": "5"},
        {"user_agent": HUB},
        {"user_agent": "@huggingface/inference/4.13.30"},
        {"body": b'{"inputs": "a", "options": {"wait_for_model": true}}'},
    ],
)
async def test_who_asks_or_cannot_cope_is_answered_once_the_model_is_up(world, request_):
    await ready_soon(world)
    world.cold(status=None)
    assert (await world.post(**request_)).json == [0.5]


async def test_a_herd_wakes_the_model_once_and_everyone_is_answered(world: World):
    runtime, url = await world.runtime()
    world.cold(status=None)
    asking = [asyncio.create_task(world.post(x_wait_for_model="1")) for _ in range(100)]
    await world.until_held(100)
    world.table.put(route(MODEL, url))
    replies = await asyncio.gather(*asking)
    assert {reply.status for reply in replies} == {200}
    assert (world.waker.woken, len(runtime.seen)) == ([MODEL], 100)


async def test_only_so_many_wait_and_the_next_gets_503_at_once(gateway):
    world = await gateway(max_held=1, hold_timeout=0.5)
    world.cold()
    waiting = asyncio.create_task(world.post(x_wait_for_model="1"))
    await world.until_held(1)
    assert (await world.post(x_wait_for_model="1")).status == 503
    assert not waiting.done()
    await waiting


async def test_bodies_that_wait_are_bounded_in_bytes(gateway):
    world = await gateway(max_held_bytes=10)
    world.cold()
    async with asyncio.timeout(1):
        assert (await world.post(body=b"a" * 11, x_wait_for_model="1")).status == 503


async def test_a_wait_that_runs_out_ends_in_503_and_who_comes_back_waits_again(gateway):
    world = await gateway(hold_timeout=0.2)
    world.cold()
    assert (await world.post(x_scale_up_timeout="0.05")).status == 503
    coming_back = asyncio.create_task(world.post())
    await world.until_held(1)
    _, url = await world.runtime()
    world.table.put(route(MODEL, url))
    assert (await coming_back).status == 200


async def test_another_caller_does_not_wait_in_the_place_of_who_comes_back(world: World):
    world.cold()
    await world.post(x_scale_up_timeout="0.05", authorization="Bearer one")
    async with asyncio.timeout(1):
        assert (await world.post(authorization="Bearer two")).status == 503


async def test_who_hangs_up_frees_the_place(world: World):
    world.cold()
    waiting = asyncio.create_task(world.post(x_wait_for_model="1"))
    await world.until_held(1)
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    await world.until_held(0)


async def test_who_asks_not_to_load_hears_that_it_is_not_loaded(world: World):
    world.cold(status=None)
    reply = await world.post(x_load_model="0")
    assert (reply.status, reply.json) == (200, {"error": "not loaded yet"})
    assert world.waker.woken == []


async def test_a_model_that_can_never_load_is_a_final_error(world: World):
    world.failed(403, "the repository is gated: set source.hub.tokenSecretRef")
    reply = await world.post(x_wait_for_model="1")
    assert (reply.status, "retry-after" in reply.headers) == (403, False)
    assert reply.json == {"error": "the repository is gated: set source.hub.tokenSecretRef"}
    assert world.waker.woken == []


async def test_who_waits_hears_that_the_model_never_loads(world: World):
    world.cold()
    waiting = asyncio.create_task(world.post(x_wait_for_model="1"))
    await world.until_held(1)
    world.failed(500, "the weights are damaged")
    assert (await waiting).json == {"error": "the weights are damaged"}


async def test_who_waits_hears_that_the_model_was_removed(world: World):
    world.cold()
    waiting = asyncio.create_task(world.post(x_wait_for_model="1"))
    await world.until_held(1)
    world.table.remove(MODEL)
    assert (await waiting).status == 404


async def test_an_old_replica_serves_while_the_new_one_cannot_load(world: World):
    world.failed(500, "the new revision is damaged")
    _, url = await world.runtime()
    failure = world.table.get(MODEL).failure
    world.table.put(Route(model(), route(MODEL, url).replicas, failure=failure))
    assert (await world.post()).status == 200
