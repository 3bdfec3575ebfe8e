"""What programs are told of a model, of the gateway's health, and what the Hub's clients look up."""

import pytest

from gateway_world import LOADING, MODEL, NEVER_LOADED, World, route
from tenfold_api.progress import RuntimeStatus, State
from tenfold_api.tasks import Task

READY = RuntimeStatus(
    state=State.READY, task=Task.FEATURE_EXTRACTION, revision="abc", compute_type="cpu+optimized"
)


@pytest.fixture
def ready(world: World) -> World:
    world.table.put(route(MODEL, "http://127.0.0.1:1", status=READY))
    return world


@pytest.mark.parametrize("path", [f"/models/{MODEL}", f"/pipeline/feature-extraction/{MODEL}"])
async def test_a_ready_model_tells_of_itself(world: World, path):
    runtime = await world.ready()
    assert (await world.get(path)).json == [0.5]
    assert [(seen.method, seen.path) for seen in runtime.seen] == [("GET", "/")]


async def test_looking_at_a_model_does_not_count_as_using_it(world: World):
    await world.ready()
    world.table._used[MODEL] -= 60
    await world.get(f"/models/{MODEL}")
    assert world.table.idle_seconds(MODEL) >= 60


async def test_a_get_tells_of_a_model_that_is_not_ready(world: World):
    world.table.put(route(MODEL, status=RuntimeStatus(state=State.LOADING, revision="abc")))
    told = (await world.get(f"/models/{MODEL}")).json
    assert told.pop("limits")["maxBodyBytes"] == "32Mi"
    assert (told["id"], told["state"], told["revision"]) == (MODEL, "loading", "abc")


async def test_looking_at_a_sleeping_model_does_not_wake_it(world: World):
    world.cold(status=None)
    told = (await world.get(f"/models/{MODEL}")).json
    assert (told["state"], told["estimated_time"], world.waker.woken) == ("sleeping", NEVER_LOADED, [])


async def test_a_head_has_the_headers_alone(ready: World):
    reply = await ready.ask("HEAD", f"/models/{MODEL}/info")
    assert (reply.status, reply.body) == (200, b"")


async def test_a_failed_model_says_why(world: World):
    world.failed(404, "no such repository")
    told = (await world.get(f"/models/{MODEL}")).json
    assert (told["state"], told["error"]) == ("failed", "no such repository")


async def test_info_has_the_names_that_the_clients_know(ready: World):
    told = (await ready.get(f"/models/{MODEL}/info")).json
    assert (told["model_id"], told["model_sha"], told["max_concurrent_requests"]) == (MODEL, "abc", 256)


@pytest.mark.parametrize(("urls", "status"), [(["http://127.0.0.1:1"], 200), ([], 503)])
async def test_health_is_whether_the_model_answers(world, urls, status):
    world.table.put(route(MODEL, *urls))
    assert (await world.get(f"/models/{MODEL}/health")).status == status


async def test_status_has_the_four_keys_of_huggingface_hub(ready: World):
    told = (await ready.get(f"/status/{MODEL}")).json
    expected = {"loaded": True, "state": "Loaded", "compute_type": "cpu"}
    assert told == {**expected, "framework": "sentence-transformers"}


@pytest.mark.parametrize(
    ("task", "engine", "framework"),
    [
        (Task.FILL_MASK, "onnx", "transformers"),
        (Task.TABULAR_REGRESSION, "onnx", "sklearn"),
        (Task.IMAGE_TO_IMAGE, "diffusers", "diffusers"),
        (Task.IMAGE_TO_IMAGE, "onnx", "transformers"),
        (Task.TEXT_GENERATION, "onnx", "text-generation-inference"),
    ],
)
async def test_status_names_the_library_that_the_hosted_api_would_serve_with(
    world: World, task, engine, framework
):
    status = RuntimeStatus(state=State.READY, task=task, engine=engine)
    world.table.put(route(MODEL, "http://127.0.0.1:1", status=status))

    assert (await world.get(f"/status/{MODEL}")).json["framework"] == framework


async def test_status_of_a_sleeping_model_is_loadable(world: World):
    world.cold(status=None)
    told = (await world.get("/status/tests%2Fmodel")).json
    assert (told["loaded"], told["state"]) == (False, "Loadable")


async def test_the_hubs_clients_find_what_they_check(ready: World):
    told = (await ready.get(f"/api/models/{MODEL}?expand=inferenceProviderMapping")).json
    provider = {"status": "live", "providerId": MODEL, "task": "feature-extraction"}
    assert told["inferenceProviderMapping"] == {"hf-inference": provider}
    assert (told["pipeline_tag"], told["inference"]) == ("feature-extraction", "warm")
    assert {"feature-extraction", "sentence-similarity"} <= set(told["tags"])


async def test_a_cold_model_is_not_warm(world: World):
    world.cold(LOADING)
    assert "inference" not in (await world.get(f"/api/models/{MODEL}")).json


@pytest.mark.parametrize(
    ("framework", "count"), [("sentence-transformers", 1), ("transformers", 0), ("all", 1)]
)
async def test_frameworks_list_the_warm_models(ready, framework, count):
    ready.table.put(route("cold"))
    assert len((await ready.get(f"/framework/{framework}")).json) == count


async def test_the_gateway_is_healthy_before_it_is_ready(world: World):
    assert (await world.get("/healthz")).status == 200
    assert (await world.get("/readyz")).status == 503
    world.gateway.ready.set()
    assert (await world.get("/readyz")).status == 200


async def test_tasks_list_their_models_those_that_are_ready_first(ready: World):
    ready.table.put(route("a/asleep", status=None, task="sentence-similarity"))
    told = (await ready.get("/api/tasks")).json
    assert told["sentence-similarity"]["widgetModels"] == [MODEL, "a/asleep"]
    assert "fill-mask" not in told


async def test_openais_clients_find_every_model_by_its_id(ready: World):
    listed = (await ready.get("/v1/models")).json["data"]
    assert listed == [(await ready.get(f"/v1/models/{MODEL}")).json]
    assert listed[0]["id"] == MODEL
