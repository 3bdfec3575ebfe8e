"""Many models at once, and many at rest."""

import asyncio

import pytest

AT_ONCE = 100
AT_REST = 500
SECONDS_AT_REST = 10


async def test_a_hundred_models_at_once_are_all_served_and_nothing_is_written_twice(operator, kube, make):
    await apply(kube, make, AT_ONCE)
    await kube.until(lambda: len(patches(kube)) >= 5 * AT_ONCE, 60)
    await operator.queue.settled()
    assert len(patches(kube)) == len(set(patches(kube))) == 5 * AT_ONCE
    assert all(is_accepted(kube, number) for number in range(AT_ONCE))


@pytest.mark.timeout(240)
async def test_five_hundred_models_at_rest_cost_no_writes_and_hardly_a_read(operate, real, make):
    async with operate({"workers": 8}) as operator:
        await apply(real, make, AT_REST)
        await real.apply(make.model("model-0", autoscaling={"minReplicas": 0}))  # its requests are counted
        await real.until(lambda: len(patches(real)) >= 5 * AT_REST, 150)
        await operator.queue.settled()
        before = len(real.requests())
        await asyncio.sleep(SECONDS_AT_REST)  # rest is the passing of time
        verbs = [request.verb for request in real.requests()[before:]]
    assert set(verbs) <= {"get", "list", "watch"}
    assert verbs.count("get") + verbs.count("list") < SECONDS_AT_REST


async def apply(kube, make, count):
    for number in range(count):
        await kube.apply(make.model(f"model-{number}", modelId=f"org/model-{number}"))


def is_accepted(kube, number):
    return kube.condition(f"model-{number}", "Accepted") == ("True", "Accepted")


def patches(kube):
    """Give the writes to four children and the status of each model."""
    return [write for write in kube.writes() if write.startswith("patch")]
