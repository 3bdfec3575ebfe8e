"""What people do by hand to the children of a model, on a real API server: it is undone."""

import pytest

from operator_objects import RESOURCES
from operator_stories import Kube
from tenfold_api import names as api

CHILD = "tenfold-minilm"
ALL = {
    "Deployment",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "Service",
    "ServiceAccount",
}
CONTAINER = "/spec/template/spec/containers/0"
CPU = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 1}},
}


@pytest.fixture
async def settled(operator, real, make):
    await real.apply(make.model(autoscaling={"maxReplicas": 4}))
    await real.until(lambda: real.kinds() == ALL and real.condition("minilm", "Accepted"))
    await operator.queue.settled()
    return real


def edit(real, kind, operation, path, value=None):
    """Change one field, as `kubectl patch --type=json` does."""
    group, version, plural = RESOURCES[kind]
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    change = [{"op": operation, "path": path, **({} if operation == "remove" else {"value": value})}]
    name = f"{root}/namespaces/models/{plural}/{CHILD}"
    return ours(real.ask("PATCH", name, change, "application/json-patch+json"))


def ours(stored):
    """Give what of a child is the operator's: all but what the API server keeps its own account by."""
    metadata = {name: stored["metadata"].get(name) for name in ("labels", "ownerReferences")}
    return {**{name: stored.get(name) for name in ("spec", "automountServiceAccountToken")}, **metadata}


@pytest.mark.parametrize(
    ("kind", "operation", "path", "value"),
    [
        ("NetworkPolicy", "add", "/spec/ingress/-", {}),
        ("NetworkPolicy", "replace", "/spec/policyTypes", ["Egress"]),
        ("HorizontalPodAutoscaler", "add", "/spec/metrics/-", CPU),
        ("HorizontalPodAutoscaler", "replace", "/spec/maxReplicas", 9),
        ("PodDisruptionBudget", "replace", "/spec/maxUnavailable", "100%"),
        ("ServiceAccount", "replace", "/automountServiceAccountToken", True),
        ("Service", "replace", "/spec/selector", {"app": "other"}),
        ("Service", "replace", "/spec/ports/0/targetPort", 80),
        ("Service", "remove", f"/metadata/labels/{api.MODEL_LABEL.replace('/', '~1')}", None),
        ("Deployment", "remove", "/metadata/ownerReferences", None),
        ("Deployment", "replace", "/spec/strategy/rollingUpdate/maxUnavailable", 1),
        ("Deployment", "remove", f"{CONTAINER}/readinessProbe", None),
        ("Deployment", "remove", f"{CONTAINER}/lifecycle", None),
        ("Deployment", "remove", f"{CONTAINER}/env/0", None),
        ("Deployment", "replace", f"{CONTAINER}/securityContext/readOnlyRootFilesystem", False),
        ("Deployment", "remove", "/spec/template/spec/topologySpreadConstraints/0", None),
        ("Deployment", "replace", "/spec/template/spec/automountServiceAccountToken", True),
    ],
)
async def test_an_edit_by_hand_is_undone(settled, kind, operation, path, value):
    before = ours(settled.get(kind, CHILD))
    assert edit(settled, kind, operation, path, value) != before
    await settled.until(lambda: ours(settled.get(kind, CHILD)) == before)


@pytest.mark.parametrize("kind", sorted(ALL))
async def test_a_child_that_is_deleted_by_hand_comes_back(settled, kind):
    before = settled.get(kind, CHILD)
    await settled.delete(kind, CHILD)
    await settled.until(lambda: settled.get(kind, CHILD).get("metadata", {}).get("uid") not in uids(before))


def uids(stored):
    return None, stored["metadata"]["uid"]


async def test_an_override_of_the_pod_is_merged_as_kubectl_would(settled: Kube, make):
    container = {"name": "runtime", "args": ["--fast"], "env": [{"name": "HOME", "value": "/elsewhere"}]}
    beside = {"name": "beside", "image": "sidecar:1"}
    override = {"spec": {"containers": [container, beside], "terminationGracePeriodSeconds": 7}}
    before = pod_spec(settled)
    await settled.apply(make.model(podTemplate=override))
    await settled.until(lambda: len(pod_spec(settled)["containers"]) == 2)
    after = pod_spec(settled)
    runtime = next(each for each in after["containers"] if each["name"] == "runtime")
    assert (runtime["args"], after["terminationGracePeriodSeconds"]) == (["--fast"], 7)
    assert {"name": "HOME", "value": "/elsewhere"} in runtime["env"]
    assert runtime["readinessProbe"] == before["containers"][0]["readinessProbe"]


def pod_spec(kube):
    return kube.get("Deployment", CHILD)["spec"]["template"]["spec"]
