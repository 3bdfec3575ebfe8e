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
    settings = {"runtime": {"cache": {"kind": "claim"}}}
    async with operate(settings) as operator:
        await kube.apply(make.model(**EVERY_CHILD))
        await kube.until(lambda: len(kube.kinds()) == 7 and kube.events())
        await kube.apply(make.model("elder", created="2025-01-01T00:00:00Z", **EVERY_CHILD))
        await kube.until(lambda: kube.kinds_of("minilm") == {"PersistentVolumeClaim"})
        await operator.queue.settled()
    assert {use for request in kube.server.seen for use in uses(request)} == allowed


def uses(request):
    """Give the permissions that the API server asks for before it serves the request."""
    if request.resource is None or request.resource.plural is None:
        return
    resource = "/".join(filter(None, (request.resource.plural, request.subresource)))
    for verb in verbs(request):
        yield request.resource.group, resource, verb


def verbs(request):
    method = request.method.value.upper()
    if method == "GET":
        return ["watch" if "watch" in request.params else "list"]
    if method == "PATCH" and request.subresource is None:
        return ["create", "patch"]
    return [{"PATCH": "patch", "POST": "create", "DELETE": "delete"}[method]]
