"""Replicas follow the requests that gateways tell of: Kubernetes' own autoscaler on a real API server."""

import asyncio

import pytest

import api_server
import scaled
from operator_real import OPERATOR, Refused
from rights import SCALING, Right, allowed, used
from tenfold_api import names

MODEL_ID = "sentence-transformers/all-MiniLM-L6-v2"
OF_MINILM = f"{scaled.METRICS}/namespaces/models/inferencemodels.tenfold.dev/minilm/concurrency"
AUTOSCALER = "horizontal-pod-autoscaler-controller"
PODS = ("deployment-controller", "replicaset-controller")
EVERY_SECOND = ("--horizontal-pod-autoscaler-sync-period=1s",)
DEGRADED = ("True", "ScalingInactive")
MANY = {"maxReplicas": 8, "target": 4}


@pytest.fixture
async def gateway(real):
    async with scaled.gateway(real) as running:
        yield running


@pytest.fixture
async def serving(operate, real, gateway):
    """The operator, reached by the API server."""
    port = api_server.free_port()
    scaled.register(real, port)
    quick = {"sampleSeconds": 0.2, "windowSeconds": 2, "downSeconds": 1}
    async with operate({"scaling": {**quick, "customMetrics": {"port": port}}}) as operator:
        await real.until(lambda: scaled.is_registered(real), 60)
        yield operator
    scaled.unregister(real)


@pytest.fixture
def autoscaled(real):
    """The real autoscaler, with its own rights, and what makes pods of a Deployment."""
    if why := api_server.why_none("kube-controller-manager"):
        pytest.skip(why)
    with api_server.controllers(real.server, AUTOSCALER, *PODS, flags=EVERY_SECOND):
        yield real


async def test_the_api_server_passes_on_what_the_gateways_tell(serving, real, gateway, make):
    gateway.tell(MODEL_ID, requests=14)
    await real.apply(make.model(autoscaling=MANY))
    async with asyncio.timeout(20):
        while (value := await asyncio.to_thread(told, real)) is None:
            pass
    assert value == "14"


async def test_the_api_server_lists_the_metric_among_its_own_resources(serving, real):
    await real.until(lambda: discovered(real)["freshness"] == "Current")
    (resource,) = discovered(real)["resources"]
    assert resource["resource"] == "inferencemodels.tenfold.dev"
    assert [each["subresource"] for each in resource["subresources"]] == ["concurrency"]


async def test_load_raises_replicas_and_its_end_lowers_them(serving, autoscaled, gateway, make):
    gateway.tell(MODEL_ID, requests=3)
    await autoscaled.apply(make.model(autoscaling=MANY))
    await autoscaled.until(lambda: reason(autoscaled, "ScalingActive") == "ValidMetricFound", 60)
    gateway.tell(MODEL_ID, requests=16)
    await autoscaled.until(lambda: replicas(autoscaled) == 4, 60)
    gateway.tell(MODEL_ID, requests=7)
    await autoscaled.until(lambda: replicas(autoscaled) == 2, 60)


async def test_a_gateway_that_falls_silent_moves_no_replica(serving, autoscaled, gateway, make):
    gateway.tell(MODEL_ID, requests=12)
    await autoscaled.apply(make.model(autoscaling=MANY))
    await autoscaled.until(lambda: replicas(autoscaled) == 3, 60)
    gateway.is_silent = True
    await autoscaled.until(lambda: reason(autoscaled, "ScalingActive") == "FailedGetObjectMetric", 60)
    assert replicas(autoscaled) == 3


async def test_a_model_whose_load_nobody_knows_says_so(serving, autoscaled, gateway, make, monkeypatch):
    monkeypatch.setattr("tenfold_operator.autoscaling._PATIENCE", 1)
    gateway.is_silent = True
    await autoscaled.apply(make.model(autoscaling=MANY))
    await autoscaled.until(lambda: reason(autoscaled, "ScalingActive") == "FailedGetObjectMetric", 60)
    await autoscaled.apply(make.ready_pod())
    await autoscaled.until(lambda: autoscaled.condition("minilm", "Degraded") == DEGRADED, 60)
    gateway.is_silent = False
    gateway.tell(MODEL_ID, requests=1)
    await autoscaled.until(lambda: autoscaled.condition("minilm", "Degraded") != DEGRADED, 60)


async def test_an_idle_model_sleeps_and_the_autoscaler_leaves_it_until_it_is_woken(
    serving, autoscaled, gateway, make
):
    gateway.tell(MODEL_ID, idle=0)
    await autoscaled.apply(make.model(autoscaling={**MANY, "minReplicas": 0, "idleAfter": "1s"}))
    await autoscaled.until(lambda: reason(autoscaled, "ScalingActive") == "ValidMetricFound", 60)
    await autoscaled.apply(make.ready_pod())
    gateway.tell(MODEL_ID, idle=100)
    await autoscaled.until(lambda: replicas(autoscaled) == 0, 60)
    await autoscaled.until(lambda: reason(autoscaled, "ScalingActive") == "ScalingDisabled", 60)
    gateway.tell(MODEL_ID, requests=8)
    await autoscaled.apply(make.model(replicas=1))
    await autoscaled.until(lambda: replicas(autoscaled) == 2, 60)


async def test_every_right_for_scaling_is_used_and_none_is_missing(serving, real, gateway, make):
    gateway.tell(MODEL_ID, idle=100)
    await real.apply(make.model(autoscaling={"minReplicas": 0, "idleAfter": "1s"}))
    await real.until(lambda: real.condition("minilm", "Available"))
    await real.apply(make.ready_pod())
    await real.until(lambda: replicas(real) == 0)
    await real.until(lambda: used(real.requests()) >= SCALING)
    of_kubernetes_own_role = {Right("", "configmaps", "get")}
    assert used(real.requests()) <= allowed("rbac-operator.yaml") | of_kubernetes_own_role
    assert not real.forbidden(OPERATOR)


def told(real):
    """Give the value of the metric; None while it is not known. The operator answers within this process."""
    try:
        return real.ask("GET", OF_MINILM)["items"][0]["value"]
    except Refused:
        return None


def discovered(real):
    """Give what the API server tells of the version of the metric's API, by what it has cached."""
    form = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    groups = real.client.get("/apis", headers={"Accept": form}).json()["items"]
    (group,) = (each for each in groups if each["metadata"]["name"] == "custom.metrics.k8s.io")
    return group["versions"][0]


def replicas(real):
    return real.get(names.KIND, "minilm")["spec"]["replicas"]


def reason(real, condition):
    """Give why the autoscaler's condition is as it is."""
    conditions = real.get("HorizontalPodAutoscaler", "tenfold-minilm").get("status", {}).get("conditions")
    found = (each["reason"] for each in conditions or [] if each["type"] == condition)
    return next(found, None)
