"""A gateway process in all but name, between real sockets: API server, callers and a runtime."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

import cluster_server
from cluster_server import FakeServer, endpoint, endpoint_slice, model, told
from gateway_runtime import FakeRuntime
from gateway_sockets import listening
from tenfold_gateway.app import Gateway, create_app
from tenfold_gateway.cluster.backend import ClusterBackend
from tenfold_gateway.cluster.settings import ClusterSettings
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable
from tenfold_gateway.server import server as serving

CALLERS = 100


@asynccontextmanager
async def gateway(port, **chosen):
    """Run a gateway that follows the API server at the port; gives its URL once it is ready."""
    settings = ClusterSettings(**chosen)
    table, book = RouteTable(), LoadBook()
    async with cluster_server.client(port) as client:
        backend = ClusterBackend(client, table, book, settings)
        whole = Gateway(table, backend.waker, settings, book)
        task = asyncio.create_task(backend.run(whole.ready))
        async with listening(serving(create_app(whole), drain=1)) as url:
            async with asyncio.timeout(5):
                await whole.ready.wait()
            yield url
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def kube():
    return FakeServer()


@pytest.fixture
async def world(kube):
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(kube.listening())
        connector = aiohttp.TCPConnector(limit=0)
        client = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))

        async def start(**chosen):
            url = await stack.enter_async_context(gateway(port, **chosen))
            await until(lambda: kube.is_watched)
            return url

        yield start, client, stack


async def predict(client, url, name="minilm", **headers):
    async with client.post(f"{url}/models/tests/{name}", data=b'{"inputs": "a"}', headers=headers) as answer:
        return answer.status, await answer.read()


async def serve(kube, stack, name="minilm"):
    """Have a runtime come up, and say so in an EndpointSlice."""
    runtime = await stack.enter_async_context(listening(FakeRuntime().server()))
    port = urlsplit(runtime).port
    kube.put("endpointslices", endpoint_slice(endpoint("127.0.0.1", ready=True), of=name, port=port))


async def test_a_hundred_callers_wake_a_model_once_and_all_are_answered(kube, world):
    start, client, stack = world
    kube.put("inferencemodels", model(replicas=0))
    url = await start()
    waits = {"x-wait-for-model": "true"}
    callers = [asyncio.create_task(predict(client, url, **waits)) for _ in range(CALLERS)]
    await held(client, url, CALLERS)
    await serve(kube, stack)
    assert [status for status, _ in await asyncio.gather(*callers)] == [200] * CALLERS
    assert [change["spec"] for _, change in kube.patches] == [{"replicas": 1}]


async def test_several_gateways_wake_a_model_without_harm(kube, world):
    start, client, stack = world
    kube.put("inferencemodels", model(replicas=0))
    urls = [await start() for _ in range(3)]
    callers = [asyncio.create_task(predict(client, url, **{"x-wait-for-model": "true"})) for url in urls * 10]
    await asyncio.gather(*(held(client, url, 10) for url in urls))
    await serve(kube, stack)
    assert {status for status, _ in await asyncio.gather(*callers)} == {200}
    assert kube.objects["inferencemodels"]["models", "minilm"]["spec"]["replicas"] == 1


async def test_who_does_not_wait_hears_how_long_the_last_load_took(kube, world):
    start, client, _ = world
    kube.put("inferencemodels", model(replicas=0, status={**told("Sleeping"), "loadSeconds": 30.0}))
    status, body = await predict(client, await start())
    assert status == 503
    assert b'"estimated_time":30.0' in body.replace(b" ", b"")


async def test_a_wake_on_an_old_view_leaves_what_the_autoscaler_has_set(kube, world):
    start, client, _ = world
    asleep = kube.put("inferencemodels", model(replicas=0))
    url = await start()
    kube.silent = True
    kube.put("inferencemodels", {**asleep, "spec": {**asleep["spec"], "replicas": 3}})
    await predict(client, url)
    await until(lambda: kube.patches)
    await predict(client, url)
    assert kube.objects["inferencemodels"]["models", "minilm"]["spec"]["replicas"] == 3


async def test_a_status_written_meanwhile_does_not_keep_a_model_asleep(kube, world):
    start, client, _ = world
    asleep = kube.put("inferencemodels", model(replicas=0))
    url = await start()
    kube.silent = True
    kube.put("inferencemodels", {**asleep, "status": told("Sleeping")})
    await predict(client, url)
    await until(lambda: kube.objects["inferencemodels"]["models", "minilm"]["spec"]["replicas"] == 1)


async def test_a_wake_that_is_refused_is_not_tried_for_every_caller(kube, world):
    start, client, _ = world
    kube.put("inferencemodels", model(replicas=0))
    url = await start()
    kube.refusal = 403
    answers = [await predict(client, url) for _ in range(20)]
    await until(lambda: kube.patches)
    assert {status for status, _ in answers} == {503}
    assert len(kube.patches) == 1


async def test_those_who_wait_hear_at_once_that_a_model_never_loads(kube, world):
    start, client, _ = world
    asleep = kube.put("inferencemodels", model(replicas=0))
    url = await start()
    caller = asyncio.create_task(predict(client, url, **{"x-wait-for-model": "true"}))
    await held(client, url, 1)
    failed = told("Failed", Degraded=("True", "ModelNotFound", "the hub has no such model"))
    kube.put("inferencemodels", {**asleep, "spec": {**asleep["spec"], "replicas": 1}, "status": failed})
    status, body = await caller
    assert (status, body) == (404, b'{"error":"the hub has no such model"}')


async def test_a_gateway_serves_on_while_the_api_server_is_away(kube):
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession())
        kube.put("inferencemodels", model())
        await serve(kube, stack)
        away = AsyncExitStack()
        port = await away.enter_async_context(kube.listening())
        url = await stack.enter_async_context(gateway(port))
        await away.aclose()
        assert (await predict(client, url))[0] == 200
        assert await get(client, url, "/readyz") == 200


async def test_a_gateway_that_has_seen_nothing_is_alive_and_not_ready(kube):
    settings = ClusterSettings()
    table, book = RouteTable(), LoadBook()
    async with cluster_server.client(9) as api, aiohttp.ClientSession() as client:
        backend = ClusterBackend(api, table, book, settings)
        whole = Gateway(table, backend.waker, settings, book)
        task = asyncio.create_task(backend.run(whole.ready))
        async with listening(serving(create_app(whole), drain=1)) as url:
            assert await get(client, url, "/healthz") == 200
            assert await get(client, url, "/readyz") == 503
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def any_server():
    """Run a server that is none of ours: it tells what it was asked."""

    async def echo(request):
        return web.json_response({"path": request.path, "body": await request.text()})

    application = web.Application()
    application.router.add_post("/{path:.*}", echo)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@pytest.mark.parametrize("path", ["/", "/v1/chat/completions", "/generate", "/embed"])
async def test_any_http_server_is_woken_and_answers_behind_the_same_door(kube, world, path):
    start, client, stack = world
    kube.put("inferencemodels", model(replicas=0, engine="custom", image="any:1"))
    url = await start()
    asked = client.post(f"{url}/models/tests/minilm{path}", data=b"{}", headers={"x-wait-for-model": "true"})
    caller = asyncio.create_task(stack.enter_async_context(asked))
    await held(client, url, 1)
    await until(lambda: kube.patches)
    port = await stack.enter_async_context(any_server())
    kube.put("endpointslices", endpoint_slice(endpoint("127.0.0.1", ready=True), port=port))
    answer = await caller
    assert (answer.status, await answer.json()) == (200, {"path": path, "body": "{}"})
    assert [change["spec"] for _, change in kube.patches] == [{"replicas": 1}]


async def test_a_gateway_tells_its_load(kube, world):
    start, client, stack = world
    kube.put("inferencemodels", model(replicas=0))
    url = await start()
    caller = asyncio.create_task(predict(client, url, **{"x-wait-for-model": "true"}))
    await held(client, url, 1)
    async with client.get(f"{url}/load") as answer:
        assert await answer.json() == {"models": {"tests/minilm": {"requests": 1, "idle": 0.0}}}
    await serve(kube, stack)
    assert (await caller)[0] == 200


async def get(client, url, path):
    async with client.get(url + path) as answer:
        return answer.status


async def held(client, url, count):
    """Wait until so many requests wait at the gateway."""
    async with asyncio.timeout(10):
        while True:
            async with client.get(f"{url}/load") as answer:
                models = (await answer.json())["models"]
            if sum(each["requests"] for each in models.values()) == count:
                return
            await asyncio.sleep(0.01)


async def until(holds):
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is awaited is the state of a server
            await asyncio.sleep(0.01)
