"""Whatever is done to a model, its pods, a node or the operator: no request is lost that retries save."""

import asyncio
import json

import pytest

import e2e_kubectl as cluster
import e2e_world as world

CALLERS = 4
TWO = {"replicas": 2, "autoscaling": {"minReplicas": 2, "maxReplicas": 3, "metric": "cpu", "target": 100}}

_UPDATED = 'jsonpath={.spec.template.spec.containers[0].env[?(@.name=="E2E")].value}=second'

# Sent to the process that serves, from within its pod: nothing is tidied up.
_KILL = """
import os, pathlib, signal
for process in pathlib.Path("/proc").glob("[0-9]*"):
    if b"tenfold-runtime" in (process / "cmdline").read_bytes() and int(process.name) != os.getpid():
        os.kill(int(process.name), signal.SIGKILL)
"""


@pytest.fixture
def steadily(model, callers, tell):
    """Applies a model of two replicas, does something to it under load, and counts."""

    async def steadily(name, act, **spec):
        applied = model(name, **{**TWO, **spec})
        applied.has_ready(2)
        async with callers(applied).steadily(CALLERS) as count:
            await asyncio.to_thread(act, applied)
        tell(count)
        return count

    return steadily


async def test_a_rolling_update_loses_no_request(steadily):
    def update(applied):
        old = {pod["metadata"]["name"] for pod in applied.pods()}
        applied.apply(env=[{"name": "E2E", "value": "second"}])
        cluster.wait(applied.deployment, _UPDATED, world.NAMESPACE)
        cluster.rolled_out(applied.deployment, world.NAMESPACE)
        for name in old:
            cluster.wait(f"pod/{name}", "delete", world.NAMESPACE)

    count = await steadily("rolled", update)
    assert count.requests
    assert not count.failed


async def test_a_runtime_that_is_killed_loses_no_request(steadily):
    def kill(applied):
        pod = applied.pods()[0]["metadata"]["name"]
        cluster.kubectl("exec", pod, f"--namespace={world.NAMESPACE}", "--", "python", "-c", _KILL)
        restarted = "jsonpath={.status.containerStatuses[0].restartCount}=1"
        cluster.wait(f"pod/{pod}", restarted, world.NAMESPACE)
        cluster.wait(f"pod/{pod}", "condition=Ready", world.NAMESPACE)

    shared = {"spec": {"shareProcessNamespace": True}}  # the process is not the first, which no one may kill
    count = await steadily("killed", kill, podTemplate=shared)
    assert not count.failed


async def test_a_node_that_is_drained_loses_no_request(steadily):
    if len(_schedulable()) < 2:
        pytest.skip("the cluster has one node")

    def drain(applied):
        pod = applied.pods()[0]
        node, of_model = pod["spec"]["nodeName"], f"--pod-selector={applied.selector.partition('=')[2]}"
        try:
            limit = f"--timeout={cluster.SECONDS:.0f}s"
            options = ("--delete-emptydir-data", "--ignore-daemonsets", of_model, limit)
            cluster.kubectl("drain", node, *options, seconds=cluster.SECONDS + 30)
            applied.has_ready(2)
        finally:
            cluster.kubectl("uncordon", node)

    count = await steadily("drained", drain)
    assert not count.failed


async def test_an_operator_that_is_killed_loses_no_request_and_takes_up_its_work(steadily, model):
    def kill(_):
        operator = "--selector=app.kubernetes.io/name=tenfold-operator"
        at_once = ("--grace-period=0", "--force", f"--namespace={world.SYSTEM}")
        cluster.kubectl("delete", "pod", operator, *at_once)
        meanwhile = model("meanwhile")
        meanwhile.available()

    count = await steadily("served", kill)
    assert not count.failed


def _schedulable():
    nodes = json.loads(cluster.kubectl("get", "nodes", "--output=json"))["items"]
    return [node for node in nodes if not _keeps_pods_away(node["spec"])]


def _keeps_pods_away(spec):
    tainted = any(taint["effect"] != "PreferNoSchedule" for taint in spec.get("taints", []))
    return tainted or spec.get("unschedulable", False)
