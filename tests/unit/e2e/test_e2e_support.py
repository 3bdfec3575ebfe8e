"""What the end-to-end tests stand on: which clusters they touch, and how their callers retry."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from e2e_kubectl import refusal
from e2e_load import Callers


@pytest.mark.parametrize("context", ["kind-tenfold", "minikube", "k3d-test"])
def test_a_cluster_for_tests_is_known_by_its_name(context):
    assert refusal(context, {}) is None


@pytest.mark.parametrize("context", ["production", "my-kind-cluster", "minikube-prod"])
def test_any_other_cluster_is_refused(context):
    assert "does not look like a cluster for tests" in refusal(context, {})


def test_no_cluster_is_none_for_tests():
    assert refusal("", {}) == "KUBECONFIG names no cluster"


def test_a_cluster_that_someone_says_is_for_tests_is_taken():
    assert refusal("lab", {"TENFOLD_E2E_CONTEXT": "lab"}) is None
    assert refusal("production", {"TENFOLD_E2E_CONTEXT": "lab"})


@asynccontextmanager
async def answering(*statuses):
    """Answer requests with these statuses, and with the last of them for ever."""
    left = list(statuses)

    async def answer(request):
        status = left.pop(0) if len(left) > 1 else left[0]
        return web.json_response({}, status=status, headers={"Retry-After": "0"})

    application = web.Application()
    application.router.add_post("/models/{model:.+}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_an_answer_at_the_first_try_is_counted():
    async with answering(200) as url:
        count = await Callers(url, "org/model").at_once(3)
    assert (count.first, count.retried, count.failed.total()) == (3, 0, 0)


async def test_what_passes_is_tried_again():
    async with answering(503, 429, 200) as url:
        count = await Callers(url, "org/model").at_once(1)
    assert (count.first, count.retried, dict(count.passing)) == (0, 1, {"503": 1, "429": 1})


@pytest.mark.parametrize("status", [404, 503])
async def test_what_does_not_pass_is_lost(status):
    async with answering(status) as url:
        count = await Callers(url, "org/model").at_once(1)
    assert dict(count.failed) == {str(status): 1}


async def test_steady_callers_ask_until_the_block_ends():
    async with answering(200) as url, Callers(url, "org/model").steadily(2) as count:
        async with asyncio.timeout(10):
            while count.requests < 20:  # noqa: ASYNC110 - what is awaited is the callers' own count
                await asyncio.sleep(0)
    assert count.requests >= 20
    assert not count.failed
