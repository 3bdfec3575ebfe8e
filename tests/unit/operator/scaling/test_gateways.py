"""Where gateways are, and what one tells over HTTP."""

import pytest
from aiohttp import web

from tenfold_operator.scaling.gateways import BySlices, Gateway, OverHttp, gateways


def slice_of(*endpoints, name="http", port=8080):
    return {"ports": [{"name": name, "port": port}], "endpoints": list(endpoints)}


def endpoint(address="10.0.0.1", uid=None, **conditions):
    target = {"targetRef": {"kind": "Pod", "uid": uid}} if uid else {}
    return {"addresses": [address], "conditions": conditions, **target}


@pytest.mark.parametrize(
    ("conditions", "serves"),
    [
        ({}, True),
        ({"ready": True}, True),
        ({"ready": False}, False),
        ({"ready": False, "serving": True, "terminating": True}, True),
        ({"ready": False, "serving": False}, False),
        ({"ready": False, "serving": None}, False),
    ],
)
def test_a_gateway_serves_until_its_endpoint_says_that_it_does_not(conditions, serves):
    assert gateways([slice_of(endpoint(**conditions))]) == (Gateway("http://10.0.0.1:8080", serves),)


def test_a_pod_with_two_families_of_addresses_is_one_gateway():
    slices = [slice_of(endpoint("10.0.0.1", uid="u")), slice_of(endpoint("fd00::1", uid="u"))]
    assert gateways(slices) == (Gateway("http://10.0.0.1:8080"),)


def test_an_address_of_six_parts_is_bracketed():
    assert gateways([slice_of(endpoint("fd00::1"))]) == (Gateway("http://[fd00::1]:8080"),)


@pytest.mark.parametrize(
    "empty", [{}, {"ports": None, "endpoints": None}, slice_of(endpoint(), name="other")]
)
def test_a_slice_without_our_port_names_no_gateway(empty):
    assert gateways([empty]) == ()


async def test_the_slices_of_the_service_are_asked_for():
    server = Server()
    assert await BySlices(server, "tenfold", "door")() == (Gateway("http://10.0.0.1:8080"),)
    assert server.asked == (
        "/apis/discovery.k8s.io/v1/namespaces/tenfold/endpointslices",
        {"labelSelector": "kubernetes.io/service-name=door", "resourceVersion": "0"},
    )


async def test_what_a_gateway_tells_is_read(told):
    told.answer = {"models": {"minilm": {"requests": 2, "idle": 0.0, "new": 1}}, "new": {}}
    assert (await told()).models["minilm"].requests == 2


@pytest.mark.parametrize("answer", [{"models": {"minilm": {"requests": "many"}}}, {}, [], "<html>"])
async def test_another_answer_is_no_word(told, answer):
    told.answer = answer
    assert await told() is None


async def test_an_endless_answer_is_no_word(told, monkeypatch):
    monkeypatch.setattr("tenfold_operator.scaling.gateways._LARGEST", 1000)
    told.answer = {"models": {}, "more": "x" * 1000}
    assert await told() is None


async def test_no_answer_is_no_word():
    ask = OverHttp()
    assert await ask(Gateway("http://127.0.0.1:1")) is None
    await ask.close()


class Server:
    asked = None

    async def get(self, path, **query):
        self.asked = (path, query)
        return {"items": [slice_of(endpoint())]}


class Told:
    """A gateway on a real socket; calling it asks."""

    def __init__(self):
        self.answer = None
        self.url = ""
        self.ask = OverHttp()

    async def load(self, request):
        return web.json_response(self.answer)

    async def __call__(self):
        return await self.ask(Gateway(self.url))


@pytest.fixture
async def told():
    gateway = Told()
    application = web.Application()
    application.router.add_get("/load", gateway.load)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gateway.url = "http://{}:{}".format(*runner.addresses[0])
    yield gateway
    await gateway.ask.close()
    await runner.cleanup()
