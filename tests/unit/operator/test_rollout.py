"""A change is compared with what serves before it takes over, where the spec asks for it."""

import asyncio
from collections import deque

import aiohttp
import pytest

from tenfold_operator import names, reconcile
from tenfold_operator.model import Key
from tenfold_operator.rollout.trials import Result, Trials

KEY = Key("models", "minilm")
SERVING, SHADOW = "tenfold-minilm", names.shadow("minilm")


class Judged:
    """Trials whose result is known, or never comes."""

    def __init__(self, result=None):
        self._result = result
        self.begun = []

    def result(self, model, change):
        return self._result

    def begin(self, model, change, serving, candidate, examples):
        self.begun.append((serving.name, candidate.name))


def pod(make, *, ready=True):
    return make.raw_pod(ready=ready)


def shadow_pod(make, *, ready=True, **status):
    raw = make.raw_pod(name="shadow-1", ready=ready, **status)
    raw["metadata"]["labels"] = {**raw["metadata"]["labels"], names.COMPONENT_LABEL: names.SHADOW}
    return raw


@pytest.fixture
async def changed(make):
    """A cluster where a model serves and its spec has just got another revision."""
    cluster = make.cluster(make.raw_model(rollout={"compare": True}))
    await reconcile.look(KEY, cluster.world(), make.context(cluster))
    cluster.pods = [pod(make)]
    cluster.models[KEY]["spec"]["source"] = {"hub": {"repo": "tests/bert", "revision": "v2"}}
    cluster.models[KEY]["spec"]["modelId"] = "sentence-transformers/all-MiniLM-L6-v2"
    return cluster


async def look(cluster, make, trials):
    return await reconcile.look(KEY, cluster.world(), make.context(cluster, trials=trials))


def revision(cluster, name):
    template = cluster.objects["Deployment", name]["spec"]["template"]
    environment = {each["name"]: each for each in template["spec"]["containers"][0]["env"]}
    return "v2" if '"v2"' in environment["TENFOLD_MODEL"]["value"] else "main"


def deployments(cluster):
    return {name for kind, name in cluster.objects if kind == "Deployment"}


async def test_a_replica_of_the_change_comes_up_aside_and_what_serves_stays(changed, make):
    again = await look(changed, make, Judged())
    assert (revision(changed, SERVING), revision(changed, SHADOW)) == ("main", "v2")
    assert changed.condition("Progressing") == ("True", "Comparing")
    assert again == 2.0


async def test_no_service_budget_or_autoscaler_selects_it(changed, make):
    await look(changed, make, Judged())
    labels = changed.objects["Deployment", SHADOW]["spec"]["template"]["metadata"]["labels"]
    selector = changed.objects["Service", SERVING]["spec"]["selector"]
    assert not selector.items() <= labels.items()


async def test_its_pods_are_covered_by_the_network_policy(changed, make):
    await look(changed, make, Judged())
    labels = changed.objects["Deployment", SHADOW]["spec"]["template"]["metadata"]["labels"]
    selector = changed.objects["NetworkPolicy", SERVING]["spec"]["podSelector"]["matchLabels"]
    assert selector.items() <= labels.items()


async def test_the_two_are_compared_once_both_can_answer(changed, make):
    trials = Judged()
    changed.pods = [pod(make), shadow_pod(make, ready=False)]
    await look(changed, make, trials)
    assert trials.begun == []
    changed.pods = [pod(make), shadow_pod(make)]
    await look(changed, make, trials)
    assert trials.begun == [("pod-1", "shadow-1")]


async def test_its_pod_is_no_replica(changed, make):
    changed.pods = [pod(make), shadow_pod(make)]
    await look(changed, make, Judged())
    assert changed.models[KEY]["status"]["replicas"] == 1


async def test_a_change_that_answers_alike_takes_over(changed, make):
    await look(changed, make, Judged())
    await look(changed, make, Judged(Result(0.04)))
    assert deployments(changed) == {SERVING}
    assert revision(changed, SERVING) == "v2"
    assert changed.models[KEY]["status"]["rolloutDrift"] == "0.0400"


async def test_a_change_that_answers_otherwise_does_not_and_says_so(changed, make):
    await look(changed, make, Judged())
    await look(changed, make, Judged(Result(0.31)))
    assert deployments(changed) == {SERVING}
    assert revision(changed, SERVING) == "main"
    assert changed.condition("Degraded") == ("True", "RolloutDrifted")
    assert changed.condition("Available") == ("True", "Serving")
    assert changed.models[KEY]["status"]["rolloutDrift"] == "0.3100"
    assert "RolloutDrifted" in changed.told


async def test_what_serves_is_scaled_all_the_same(changed, make):
    await look(changed, make, Judged(Result(0.31)))
    changed.models[KEY]["spec"]["replicas"] = 3
    await look(changed, make, Judged(Result(0.31)))
    assert changed.objects["Deployment", SERVING]["spec"]["replicas"] == 3
    assert revision(changed, SERVING) == "main"


async def test_a_held_change_is_written_once(changed, make):
    await look(changed, make, Judged())
    changed.writes.clear()
    await look(changed, make, Judged())
    assert changed.writes == []


async def test_answers_that_cannot_be_compared_hold_the_change(changed, make):
    await look(changed, make, Judged(Result(None)))
    assert changed.condition("Degraded") == ("True", "NotComparable")
    assert revision(changed, SERVING) == "main"


async def test_what_keeps_the_change_from_loading_is_told(changed, make):
    killed = {"terminated": {"reason": "OOMKilled"}}
    container = {"name": "runtime", "ready": False, "state": killed}
    changed.pods = [pod(make), shadow_pod(make, ready=False, containerStatuses=[container])]
    await look(changed, make, Judged())
    assert changed.condition("Degraded") == ("True", "OutOfMemory")


@pytest.mark.parametrize("pods", [[], [{"ready": False}]], ids=["asleep", "not ready"])
async def test_where_nothing_serves_there_is_nothing_to_compare_with(changed, make, pods):
    changed.pods = [pod(make, **each) for each in pods]
    await look(changed, make, Judged())
    assert deployments(changed) == {SERVING}
    assert revision(changed, SERVING) == "v2"


async def test_a_change_is_not_compared_unless_the_spec_asks_for_it(changed, make):
    changed.models[KEY]["spec"]["rollout"] = {"compare": False}
    await look(changed, make, Judged())
    assert revision(changed, SERVING) == "v2"


class Comparing:
    """Gives its results in their order."""

    def __init__(self, *results):
        self.results = deque(results)

    async def __call__(self, serving, candidate, examples):
        result = self.results.popleft()
        if isinstance(result, Exception):
            raise result
        return result


async def test_a_result_is_kept_for_its_change_alone():
    told = asyncio.Queue()
    trials = Trials(Comparing(0.1), told.put_nowait)
    trials.begin(KEY, "first", None, None, None)
    assert await asyncio.wait_for(told.get(), 5) == KEY
    assert (trials.result(KEY, "first"), trials.result(KEY, "second")) == (Result(0.1), None)


async def test_what_cannot_be_reached_is_compared_again_at_the_next_look():
    told = asyncio.Queue()
    trials = Trials(Comparing(aiohttp.ClientError(), 0.1), told.put_nowait)
    async with asyncio.timeout(5):
        while told.empty():
            trials.begin(KEY, "first", None, None, None)
            await asyncio.sleep(0)
    assert trials.result(KEY, "first") == Result(0.1)


async def test_a_model_that_is_gone_is_forgotten():
    told = asyncio.Queue()
    trials = Trials(Comparing(0.1), told.put_nowait)
    trials.begin(KEY, "first", None, None, None)
    await asyncio.wait_for(told.get(), 5)
    trials.forget(KEY)
    assert trials.result(KEY, "first") is None
