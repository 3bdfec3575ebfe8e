"""Every answer carries a request id and CORS headers, and is counted."""

import pytest

from gateway_world import MODEL, World

EXPOSED = "x-compute-type, x-compute-time"


@pytest.mark.parametrize("path", [f"/models/{MODEL}", "/models/no/such", "/nowhere", "/healthz"])
async def test_every_answer_has_a_request_id_and_cors_headers(world, path):
    await world.ready()
    headers = (await world.post(path)).headers
    assert len(headers["x-request-id"]) == 32
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == EXPOSED


async def test_the_callers_request_id_is_kept_all_the_way(world: World):
    runtime = await world.ready()
    reply = await world.post(x_request_id="Root=1-67a-0b")
    assert reply.headers["x-request-id"] == "Root=1-67a-0b"
    assert runtime.seen[0].headers["x-request-id"] == "Root=1-67a-0b"


@pytest.mark.parametrize("strange", ["a b", "a" * 129, "", "é", "<script>"])
async def test_a_strange_request_id_is_replaced(world, strange):
    assert (await world.get("/healthz", x_request_id=strange)).headers["x-request-id"] != strange


async def test_a_browser_may_ask_from_any_page(world: World):
    asked = {"origin": "https://a.example", "access_control_request_method": "POST"}
    reply = await world.ask("OPTIONS", f"/models/{MODEL}", access_control_request_headers="x-a, b", **asked)
    assert (reply.status, reply.body) == (204, b"")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-allow-headers"] == "x-a, b"


async def test_answers_are_counted_by_model_and_status(world: World):
    await world.ready()
    await world.post()
    await world.post(body=b"")
    text = (await world.get("/metrics")).body.decode()
    assert f'tenfold_gateway_requests_total{{model="{MODEL}",status="200"}} 1.0' in text
    assert f'tenfold_gateway_requests_total{{model="{MODEL}",status="400"}} 1.0' in text
    assert f'tenfold_gateway_request_seconds_count{{model="{MODEL}"}} 2.0' in text
    assert f'tenfold_gateway_in_flight{{model="{MODEL}"}} 0.0' in text


async def test_unknown_models_share_one_line_in_the_metrics(world: World):
    for name in "abc":
        await world.post(f"/models/{name}")
    text = (await world.get("/metrics")).body.decode()
    assert 'tenfold_gateway_requests_total{model="",status="404"} 3.0' in text


async def test_an_error_of_our_own_is_a_500_without_its_reason(world: World):
    await world.ready()
    world.table.get = None  # type: ignore[assignment]
    reply = await world.post()
    assert (reply.status, reply.json) == (500, {"error": "internal error"})
    assert reply.headers["x-request-id"]
