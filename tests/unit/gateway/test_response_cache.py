"""Answers that are kept, and those that are not."""

import pytest

from gateway_runtime import answer
from gateway_world import LOADING, MODEL, World, route

BODY = b'{"inputs": "a"}'
KNOWN = LOADING.model_copy(update={"revision": "abc"})


async def ready(world: World, act=None, **spec):
    fake, url = await world.runtime(act)
    world.table.put(route(MODEL, url, status=KNOWN, **spec))
    return fake


async def asked_twice(world: World, runtime, **headers) -> int:
    """Give how often the runtime was asked for two requests that are the same."""
    for _ in range(2):
        assert (await world.post(body=headers.pop("body", BODY), **headers)).status < 500
    return len(runtime.seen)


async def test_the_same_request_again_is_answered_from_the_cache(world: World):
    told = {"x_compute_type": "cpu+optimized", "x_compute_time": "0.021", "x_compute_characters": "1"}
    runtime = await ready(world, answer(b"[0.5]", **told))
    first, second = [await world.post(body=BODY) for _ in range(2)]

    assert (len(runtime.seen), first.body, second.body) == (1, b"[0.5]", b"[0.5]")
    assert (first.headers["x-compute-type"], second.headers["x-compute-type"]) == ("cpu+optimized", "cache")
    assert second.headers["x-compute-time"] == "0.021"
    assert "x-compute-characters" not in second.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert await world.metric("cache_hits_total") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"x_use_cache": "false"},
        {"x_use_cache": "0"},
        {"body": b'{"inputs": "a", "options": {"use_cache": false}}'},
    ],
)
async def test_who_wants_a_new_answer_gets_one(world: World, headers):
    runtime = await ready(world)
    body = headers.pop("body", BODY)
    for _ in range(2):
        await world.post(body=body, **headers)
    assert len(runtime.seen) == 2


@pytest.mark.parametrize(
    "act",
    [
        answer(cache_control="no-store"),
        answer(content_type="text/event-stream"),
        answer(b'{"error": ["no"]}', status=400),
        answer(b"0" * 5000),
    ],
    ids=["sampled", "streamed", "refused", "too large"],
)
async def test_what_must_not_be_kept_is_not(gateway, act):
    world = await gateway(cache_bytes=16 * 4096)
    runtime = await ready(world, act)
    assert await asked_twice(world, runtime) == 2


@pytest.mark.parametrize(
    "spec",
    [{"visibility": "private"}, {"engine": "custom", "image": "vllm:1"}],
    ids=["private", "custom engine"],
)
async def test_models_whose_answers_are_not_ours_to_keep(world: World, spec):
    assert await asked_twice(world, await ready(world, **spec)) == 2


async def test_a_new_revision_answers_anew(world: World):
    runtime = await ready(world)
    await world.post(body=BODY)
    now = world.table.get(MODEL)
    newer = KNOWN.model_copy(update={"revision": "def"})
    world.table.put(route(MODEL, now.replicas[0].url, status=newer))
    await world.post(body=BODY)
    assert len(runtime.seen) == 2


@pytest.mark.parametrize(
    "other",
    [{"user_agent": "x; hf_hub/2.4.0"}, {"accept": "image/png"}, {"path": f"/models/{MODEL}?a=1"}],
    ids=["client", "accept", "query"],
)
async def test_what_an_answer_depends_on_tells_requests_apart(world: World, other):
    runtime = await ready(world)
    await world.post(body=BODY, user_agent="curl", accept="*/*")
    await world.post(body=BODY, **{"user_agent": "curl", "accept": "*/*", **other})
    assert len(runtime.seen) == 2


async def test_a_cache_of_no_bytes_keeps_nothing(gateway):
    world = await gateway(cache_bytes=0)
    assert await asked_twice(world, await ready(world)) == 2
