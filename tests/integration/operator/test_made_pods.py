"""Whether a real cluster makes the pods of a model: Pod Security and quotas decide, and status says so."""

import pytest

import api_server
from tenfold_api import names as api

NAMESPACE = "/api/v1/namespaces/models"
ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}
NONE_LEFT = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}


@pytest.fixture
def making(real):
    """The cluster, with what makes pods of a Deployment; the namespace enforces the restricted profile."""
    if why := api_server.why_none("kube-controller-manager"):
        pytest.skip(why)
    label(real, ENFORCED)
    with api_server.controllers(
        real.server, "deployment-controller", "replicaset-controller", "resourcequota-controller"
    ):
        yield real
    label(real, dict.fromkeys(ENFORCED))


def label(real, labels):
    real.ask("PATCH", NAMESPACE, {"metadata": {"labels": labels}}, "application/merge-patch+json")


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"engine": "custom", "image": "vllm:1"},
        {"source": {"pvc": {"claimName": "models", "path": "mine"}}, "modelId": "mine"},
    ],
    ids=["ours", "any server", "a claim"],
)
async def test_the_restricted_profile_takes_the_pods(operator, making, make, spec):
    await making.apply(make.model(**spec))
    await making.until(lambda: len(making.all("Pod")) == 1, 60)
    assert making.all("Pod")[0]["metadata"]["labels"][api.MODEL_LABEL] == "minilm"


async def test_what_the_profile_refuses_is_told(operator, making, make):
    await making.apply(make.model(source={"path": "/models/mine"}, modelId="mine"))
    await making.until(lambda: making.condition("minilm", "Degraded") == ("True", "CannotCreatePods"), 60)
    assert 'violates PodSecurity "restricted' in message(making)
    assert making.get(api.KIND, "minilm")["status"]["phase"] == "Failed"


@pytest.fixture
async def exhausted(making):
    """The cluster, with no pod left in the namespace's quota."""
    quota = f"{NAMESPACE}/resourcequotas/none"
    making.ask("POST", f"{NAMESPACE}/resourcequotas", NONE_LEFT)
    await making.until(lambda: making.ask("GET", quota)["status"].get("hard"), 60)
    yield making
    making.ask("DELETE", quota)


async def test_an_exceeded_quota_is_told(operator, exhausted, make):
    await exhausted.apply(make.model())
    await exhausted.until(
        lambda: exhausted.condition("minilm", "Degraded") == ("True", "CannotCreatePods"), 60
    )
    assert "exceeded quota: none" in message(exhausted)


def message(kube):
    conditions = kube.get(api.KIND, "minilm")["status"]["conditions"]
    return next(each["message"] for each in conditions if each["type"] == "Degraded")
