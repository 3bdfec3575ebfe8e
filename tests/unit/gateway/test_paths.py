"""Where a model answers, and what other paths and methods get."""

import pytest

from gateway_world import MODEL, World, route
from tenfold_gateway.targets import Target, target

PREDICTIONS = [
    (f"/models/{MODEL}", "/"),
    (f"/models/{MODEL}/", "/"),
    ("/models/tests%2Fmodel", "/"),
    (f"/models/{MODEL}/pipeline/fill-mask", "/pipeline/fill-mask"),
    ("/models/tests%2Fmodel/pipeline/fill-mask", "/pipeline/fill-mask"),
    (f"/pipeline/fill-mask/{MODEL}", "/pipeline/fill-mask"),
    ("/pipeline/fill-mask/tests%2Fmodel", "/pipeline/fill-mask"),
    (f"/models/{MODEL}/v1/chat/completions", "/v1/chat/completions"),
]


@pytest.mark.parametrize("prefix", ["", "/hf-inference"])
@pytest.mark.parametrize(("path", "at_runtime"), PREDICTIONS)
async def test_every_form_of_the_path_reaches_the_runtime(world, prefix, path, at_runtime):
    runtime = await world.ready()
    reply = await world.post(f"{prefix}{path}?top_k=2")
    assert (reply.status, reply.json) == (200, [0.5])
    assert [(seen.path, seen.query) for seen in runtime.seen] == [(at_runtime, "top_k=2")]


async def test_an_id_without_an_organisation_answers(world: World):
    await world.ready(model_id="gpt2")
    assert (await world.post("/models/gpt2")).status == 200


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("a/info", Target("a/info")),  # a model of this name exists
        ("b/info", Target("b", "/info")),
        ("a/b/health", Target("a/b", "/health")),
        ("a/b/v1/models", Target("a/b", "/v1/models")),
        ("a/b/openapi.json", Target("a/b", "/openapi.json")),
        ("a/b/v1/../secret", Target("a/b/v1/../secret")),
        ("a/b/c", Target("a/b/c")),
    ],
)
def test_an_id_is_looked_up_whole_before_its_end_is_read_as_a_path(rest, expected):
    assert target(rest, {"a/info"}.__contains__) == expected


async def test_openai_paths_pass_a_get_on(world: World):
    runtime = await world.ready()
    assert (await world.get(f"/models/{MODEL}/v1/models")).status == 200
    assert [(seen.method, seen.path) for seen in runtime.seen] == [("GET", "/v1/models")]


async def test_the_openapi_document_is_that_of_the_runtime(world: World):
    runtime = await world.ready()

    assert (await world.get(f"/models/{MODEL}/openapi.json")).status == 200
    assert (await world.post(f"/models/{MODEL}/openapi.json")).status == 405
    assert [(seen.method, seen.path) for seen in runtime.seen] == [("GET", "/openapi.json")]


@pytest.mark.parametrize("path", ["/models/no/such", "/pipeline/fill-mask/no/such", "/status/no/such"])
async def test_an_unknown_model_is_a_404_that_names_it(world, path):
    reply = await world.ask("GET", path)
    assert (reply.status, reply.json) == (404, {"error": "Model no/such does not exist"})
    assert reply.headers["x-error-code"] == "RepoNotFound"


@pytest.mark.parametrize("path", ["/models/", "/status/"])
async def test_a_path_without_a_model_is_a_404_that_says_what_is_missing(world, path):
    reply = await world.ask("GET", path)
    assert (reply.status, reply.json) == (404, {"error": "The path names no model; it is /models/<model id>"})


async def test_an_unknown_path_is_a_404_in_json(world: World):
    reply = await world.get("/nowhere")
    assert reply.status == 404
    assert "nothing at /nowhere" in reply.json["error"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", f"/models/{MODEL}", "GET, POST"),
        ("POST", f"/models/{MODEL}/info", "GET"),
        ("DELETE", f"/pipeline/fill-mask/{MODEL}", "GET, POST"),
        ("POST", "/healthz", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_is_a_405_that_names_the_right_ones(world, method, path, allowed):
    world.table.put(route())
    reply = await world.ask(method, path)
    assert (reply.status, reply.headers["allow"]) == (405, allowed)
    assert f"{method} is not allowed" in reply.json["error"]
