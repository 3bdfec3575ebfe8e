"""A change of a model that is compared with what serves, on the reactor and over HTTP."""

from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web

from tenfold_operator import names
from tenfold_operator.pods import Pod
from tenfold_operator.rollout.over_http import OverHttp

SHADOW = names.shadow("minilm")


@pytest.fixture
async def changing(operator, kube, make):
    """A model that serves, and whose next image is there, aside."""
    await kube.apply(make.model(rollout={"compare": True}))
    await kube.until(lambda: kube.get("Deployment", "tenfold-minilm"))
    await kube.apply(make.ready_pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("True", "Serving"))
    await kube.apply(make.model(rollout={"compare": True}, image="tenfold-runtime:next"))
    await kube.until(lambda: kube.get("Deployment", SHADOW))
    return kube


def shadow_pod(make):
    raw = make.ready_pod(name="shadow-1")
    raw["metadata"]["labels"] = {**raw["metadata"]["labels"], names.COMPONENT_LABEL: names.SHADOW}
    return raw


def image(kube, name="tenfold-minilm"):
    return kube.get("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["image"]


async def test_a_change_that_answers_alike_takes_over(changing, make):
    assert image(changing, SHADOW) == "tenfold-runtime:next"
    await changing.apply(shadow_pod(make))
    await changing.until(lambda: image(changing) == "tenfold-runtime:next")
    await changing.until(lambda: not changing.get("Deployment", SHADOW))


async def test_a_change_that_answers_otherwise_is_held(changing, make, runtimes):
    runtimes.drift = 0.5
    await changing.apply(shadow_pod(make))
    await changing.until(lambda: changing.condition("minilm", "Degraded") == ("True", "RolloutDrifted"))
    await changing.until(lambda: not changing.get("Deployment", SHADOW))
    assert image(changing) == "tenfold-runtime:latest"


class Answering:
    """A runtime in all but name, on an address of its own."""

    def __init__(self, score):
        self.score = score
        self.asked = []

    async def info(self, _):
        return web.json_response({"examples": {"text-classification": {"inputs": "good"}}})

    async def predict(self, request):
        self.asked.append((request.path, await request.json()))
        if self.score is None:
            return web.json_response({"error": "no"}, status=500)
        return web.json_response([{"label": "POSITIVE", "score": self.score}])

    @asynccontextmanager
    async def at(self, address, port=0):
        application = web.Application()
        application.router.add_get("/info", self.info)
        application.router.add_post("/{path:.*}", self.predict)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, address, port).start()
        try:
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()


def pod(address):
    return Pod(address, address, address, scheduled=True, running=True, ready=True, restarts=0, problem=None)


@asynccontextmanager
async def two(old, new):
    """Run two runtimes on one port of two addresses; gives what compares them."""
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(old.at("127.0.0.1"))
        await stack.enter_async_context(new.at("127.0.0.2", port))
        compare = OverHttp(port)
        yield lambda examples=None: compare(pod("127.0.0.1"), pod("127.0.0.2"), examples)


async def test_both_answer_the_examples_of_what_serves():
    old, new = Answering(0.9), Answering(0.6)
    async with two(old, new) as compare:
        assert await compare() == pytest.approx(0.3)
    assert old.asked == new.asked == [("/pipeline/text-classification", {"inputs": "good"})]


async def test_both_answer_the_examples_of_the_spec():
    old, new = Answering(0.9), Answering(0.9)
    async with two(old, new) as compare:
        assert await compare([{"inputs": "a"}, {"inputs": "b"}]) == 0.0
    assert old.asked == new.asked == [("/", {"inputs": "a"}), ("/", {"inputs": "b"})]


async def test_a_change_that_cannot_answer_has_nothing_in_common():
    async with two(Answering(0.9), Answering(None)) as compare:
        assert await compare() == 1.0


async def test_where_what_serves_cannot_answer_nothing_is_compared():
    async with two(Answering(None), Answering(0.9)) as compare:
        assert await compare() is None
