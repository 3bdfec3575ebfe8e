"""What may befall the operator on a real API server: restarts, silence, cuts, and another operator."""

import asyncio

import httpx2
import pytest

import api_server
import tcp_proxy
from tenfold_api import names as api

CHILD = "tenfold-minilm"
ALWAYS = {"ServiceAccount", "NetworkPolicy", "Service", "Deployment"}
WRITES = 5
"""Of a new model: its four children, and its status."""


@pytest.fixture
async def network(real, operate, monkeypatch, tmp_path):
    """What is between the operator and the API server: `operate` has set another way before."""
    async with tcp_proxy.proxy(real.server.port) as running:
        monkeypatch.setenv("KUBECONFIG", str(real.kubeconfig(tmp_path, port=running.port)))
        yield running


async def serving(kube, make):
    """Have a model that one pod serves."""
    await kube.apply(make.model())
    await kube.until(lambda: kube.kinds() == ALWAYS)
    await kube.apply(make.ready_pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("True", "Serving"))


async def restart(real):
    await asyncio.to_thread(real.server.restart)


async def test_what_went_while_the_api_server_forgot_its_events_is_noticed(network, operate, real, make):
    async with operate():
        await serving(real, make)
        network.freeze()
        await real.delete("Service", CHILD)
        await real.delete("Pod", "pod-1")
        await restart(real)
        network.thaw()
        await real.until(lambda: real.condition("minilm", "Available") == ("False", "Scheduling"), 60)
        await real.until(lambda: real.get("Service", CHILD), 60)


async def test_a_model_that_went_meanwhile_is_forgotten_and_its_heir_is_served(network, operate, real, make):
    async with operate() as operator:
        await serving(real, make)
        await real.apply(make.model("younger"))
        await real.until(lambda: real.condition("younger", "Accepted") == ("False", "ModelIdConflict"))
        network.freeze()
        await real.delete(api.KIND, "minilm")
        await restart(real)
        network.thaw()
        await real.until(lambda: real.condition("younger", "Accepted") == ("True", "Accepted"), 60)
        before = len(real.writes())
        await operator.queue.settled()
        assert len(real.writes()) <= before + WRITES


async def test_an_api_server_that_restarts_is_found_again(operate, real, make):
    async with operate():
        await serving(real, make)
        await restart(real)
        await real.apply(make.model(replicas=3))
        await real.until(lambda: real.get("Deployment", CHILD)["spec"]["replicas"] == 3, 60)


async def test_watches_that_died_unseen_are_begun_anew(network, operate, real, make, monkeypatch):
    monkeypatch.setattr("tenfold_operator.handlers._GRACE", 0.1)
    monkeypatch.setattr("tenfold_operator.cluster._TIMEOUT", 1)
    async with operate({"watchSeconds": 1}):
        await serving(real, make)
        network.silence()
        await real.delete("Pod", "pod-1")
        await real.until(lambda: real.condition("minilm", "Available") == ("False", "Scheduling"), 30)


class Cut:
    """The API server until so many writes were made: then the process hangs, until it is killed."""

    def __init__(self, cluster, after):
        self._cluster = cluster
        self._left = after
        self.is_reached = asyncio.Event()

    def __getattr__(self, name):
        return getattr(self._cluster, name)

    async def apply(self, manifest):
        await self._written(self._cluster.apply(manifest))

    async def set_status(self, *status):
        await self._written(self._cluster.set_status(*status))

    async def _written(self, write):
        if not self._left:
            write.close()
            self.is_reached.set()
            await asyncio.Event().wait()
        self._left -= 1
        return await write


@pytest.mark.parametrize("writes", range(WRITES))
async def test_what_was_killed_between_two_writes_is_finished_by_the_next(operate, real, make, writes):
    async with operate(through=lambda cluster: Cut(cluster, writes)) as operator:
        await real.apply(make.model())
        await operator.cluster.is_reached.wait()
        assert len(real.kinds()) == writes
    async with operate() as operator:
        await real.until(lambda: real.condition("minilm", "Accepted") == ("True", "Accepted"))
        await operator.queue.settled()
    assert real.kinds() == ALWAYS
    assert real.get("Deployment", CHILD)["spec"]["template"]["spec"]["serviceAccountName"] == CHILD


def alone():
    """Give the settings of an operator's process that asks nobody but the API server."""
    ports = {"healthPort": api_server.free_port(), "metricsPort": api_server.free_port()}
    return {**ports, "preflight": {"enabled": False}, "scaling": {"customMetrics": {"enabled": False}}}


async def test_two_operators_come_to_rest(operate, real, make, tmp_path):
    with api_server.operator(real.kubeconfig(tmp_path), alone()):
        async with operate() as operator:
            await apply(real, make, 10)
            await real.until(lambda: all(accepted(real, number) for number in range(10)))
            await operator.queue.settled()
            await asyncio.sleep(1)  # for the other's looks
            before = stored(real, 10)
            await asyncio.sleep(2)  # rest is the passing of time
            assert stored(real, 10) == before


async def test_a_process_that_is_killed_under_load_leaves_nothing_undone(real, make, tmp_path):
    settings = alone()
    kubeconfig = real.kubeconfig(tmp_path)
    await apply(real, make, 20)
    with api_server.operator(kubeconfig, settings) as process:
        await real.until(lambda: len(real.children("models")) > 20, 60)
        process.kill()
    with api_server.operator(kubeconfig, settings):
        await real.until(lambda: all(accepted(real, number) for number in range(20)), 60)
        assert httpx2.get(f"http://127.0.0.1:{settings['healthPort']}/healthz").is_success
        told = httpx2.get(f"http://127.0.0.1:{settings['metricsPort']}/metrics").text
    assert len(real.children("models")) == 20 * len(ALWAYS)
    assert "tenfold_operator_models 20.0" in told


async def test_an_operator_that_is_there_before_the_definition_waits_for_it(real, make, tmp_path):
    real.undefine()
    kubeconfig = real.kubeconfig(tmp_path)
    log = kubeconfig.parent / "operator.log"
    before = log.stat().st_size if log.exists() else 0
    with api_server.operator(kubeconfig, alone()):
        await real.until(lambda: log.exists() and "does not tell of the kind" in log.read_text()[before:], 30)
        await asyncio.to_thread(real.define)
        await real.apply(make.model())
        await real.until(lambda: real.condition("minilm", "Accepted") == ("True", "Accepted"), 30)


async def apply(real, make, count):
    for number in range(count):
        await real.apply(make.model(f"model-{number}", modelId=f"org/model-{number}"))


def stored(real, count):
    """Give the version of every model, and how much was written so far."""
    metadata = [real.get(api.KIND, f"model-{number}")["metadata"] for number in range(count)]
    return [each["resourceVersion"] for each in metadata], len(real.writes())


def accepted(real, number):
    return real.condition(f"model-{number}", "Accepted") == ("True", "Accepted")
