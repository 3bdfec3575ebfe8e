"""OpenAI's routes of all models together: the body names the model."""

import json

import pytest

from gateway_world import MODEL, World


def body(**fields):
    return json.dumps(fields).encode()


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"])
async def test_the_model_that_the_body_names_answers(world: World, path):
    runtime = await world.ready()
    reply = await world.post(path, body(model=MODEL, input="hello"))
    assert (reply.status, [seen.path for seen in runtime.seen]) == (200, [path])


async def test_a_sleeping_model_is_woken(world: World):
    world.cold(status=None)
    reply = await world.post("/v1/completions", body(model=MODEL))
    assert (reply.status, world.waker.woken) == (503, [MODEL])


async def test_an_unknown_model_is_named(world: World):
    reply = await world.post("/v1/completions", body(model="a/b"))
    assert (reply.status, reply.json) == (404, {"error": "Model a/b does not exist"})


@pytest.mark.parametrize("sent", [b"{", b"[]", b"{}", b'{"model": 1}', b"hello"])
async def test_a_body_that_names_no_model_is_refused(world: World, sent):
    reply = await world.post("/v1/completions", sent)
    assert (reply.status, reply.json["error"]["param"]) == (400, "model")


async def test_the_limit_of_the_named_model_holds(world: World):
    await world.ready(limits={"maxBodyBytes": "1Ki"})
    reply = await world.post("/v1/completions", body(model=MODEL, prompt="a" * 2000))
    assert reply.status == 413
