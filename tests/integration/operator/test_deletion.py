"""A model that is deleted takes all of its own with it."""

import pytest

import api_server
from operator_real import Refused
from tenfold_api import names

EVERY_CHILD = {"autoscaling": {"maxReplicas": 4}}
CLAIMS = {"runtime": {"cache": {"kind": "claim"}}}


async def test_a_model_that_is_deleted_while_the_operator_is_down_leaves_nothing(operate, collected, make):
    async with operate(CLAIMS):
        await collected.apply(make.model(**EVERY_CHILD))
        await collected.until(lambda: len(collected.kinds()) == 7)
    await collected.delete(names.KIND, "minilm")
    assert not collected.get(names.KIND, "minilm")
    await collected.until(lambda: not collected.kinds(), 60)


async def test_the_running_operator_does_not_bring_back_what_goes(operate, collected, make):
    async with operate() as operator:
        await collected.apply(make.model())
        await collected.until(lambda: len(collected.kinds()) == 4)
        await operator.queue.settled()
        await collected.delete(names.KIND, "minilm")
        await collected.until(lambda: not collected.kinds(), 60)
        await operator.queue.settled()
    assert not collected.kinds()


async def test_the_children_of_other_models_stay(operate, collected, make):
    async with operate():
        await collected.apply(make.model())
        await collected.apply(make.model("other", modelId="org/other"))
        await collected.until(lambda: len(collected.children("models")) == 8)
        await collected.delete(names.KIND, "minilm")
        await collected.until(lambda: not collected.kinds_of("minilm"), 60)
    assert len(collected.kinds_of("other")) == 4


@pytest.fixture
def leaving(real):
    """The cluster, with what empties namespaces that are to go, and one such namespace."""
    if why := api_server.why_none("kube-controller-manager"):
        pytest.skip(why)
    real.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "leaving"}})
    with api_server.controllers(real.server, "garbage-collector-controller", "namespace-controller"):
        yield real


async def test_a_namespace_goes_while_the_operator_is_down(operate, leaving, make):
    model = make.model(**EVERY_CHILD)
    model["metadata"]["namespace"] = "leaving"
    async with operate(CLAIMS):
        await leaving.apply(model)
        await leaving.until(lambda: len(leaving.kinds("leaving")) == 7)
    leaving.ask("DELETE", "/api/v1/namespaces/leaving")
    await leaving.until(lambda: is_gone(leaving, "/api/v1/namespaces/leaving"), 60)


async def test_a_namespace_goes_while_the_operator_runs(operate, leaving, make):
    model = make.model()
    model["metadata"]["namespace"] = "leaving"
    async with operate() as operator:
        await leaving.apply(model)
        await leaving.until(lambda: leaving.condition("minilm", "Accepted", "leaving"))
        leaving.ask("DELETE", "/api/v1/namespaces/leaving")
        await leaving.until(lambda: is_gone(leaving, "/api/v1/namespaces/leaving"), 60)
        await operator.queue.settled()


def is_gone(real, path):
    try:
        real.ask("GET", path)
    except Refused as error:
        return error.status == 404
    return False
