"""The operator may do what it does, and nothing else."""

from pathlib import Path

import pytest
import yaml

ROLE = Path(__file__).parents[3] / "manifests" / "rbac-operator.yaml"
EVERY_CHILD = {"autoscaling": {"maxReplicas": 4}}


@pytest.fixture
def allowed():
    documents = yaml.safe_load_all(ROLE.read_text())
    role = next(each for each in documents if each["kind"] == "ClusterRole")
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


async def test_every_permission_is_used_and_none_is_missing(operate, make, kube, allowed):
    claims = {"runtime": {"cache": {"kind": "claim"}}}
    elder = make.model("elder", created="2025-01-01T00:00:00Z", **EVERY_CHILD)
    elder["metadata"]["namespace"] = "elsewhere"
    await kube.apply(elder)
    async with operate({"namespaces": ["models"], **claims}):
        await kube.apply(make.model(**EVERY_CHILD))
        await kube.until(lambda: len(kube.kinds()) == 7 and kube.events())
    async with operate(claims) as operator:
        await kube.until(lambda: kube.kinds_of("minilm") == {"PersistentVolumeClaim"})
        await operator.queue.settled()
    assert {use for request in kube.requests() for use in uses(request)} == allowed


def uses(request):
    """Give the permissions that the API server asks for before it serves the request."""
    is_apply = request.verb == "patch" and "/" not in request.resource
    for verb in ["create", "patch"] if is_apply else [request.verb]:
        yield request.group, request.resource, verb
