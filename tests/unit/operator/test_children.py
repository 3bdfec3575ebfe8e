"""What holds for every child of every model."""

import json

import pytest

from tenfold_operator import names, resources
from tenfold_operator.cluster import PLURALS
from tenfold_operator.settings import Settings

HUB = {"source": {"hub": {"repo": "gpt2"}}}
SPECS = {
    "the least": {},
    "many replicas": {"autoscaling": {"maxReplicas": 8}},
    "cpu metric": {"autoscaling": {"maxReplicas": 8, "metric": "cpu", "target": 70}},
    "a folder of the node": {"modelId": "mine", "source": {"path": "/models/mine"}},
    "a claim": {"modelId": "mine", "source": {"pvc": {"claimName": "models", "path": "mine"}}},
    "any server": {"engine": "custom", "image": "vllm/vllm-openai:v0.12"},
    "a private model": {"source": {"hub": {"repo": "a/b", "tokenSecretRef": {"name": "hub"}}}},
    "placed": {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"a": {}},
    },
    "overridden": {"podTemplate": {"metadata": {"labels": {names.MODEL_LABEL: "other", "team": "a"}}}},
}
CACHES = [{"kind": "emptyDir"}, {"kind": "claim", "storageClass": "fast"}, {"kind": "hostPath"}]


@pytest.fixture(params=SPECS.values(), ids=SPECS)
def model(request, make):
    return make.model("a-model", **request.param)


@pytest.fixture(params=CACHES, ids=lambda cache: cache["kind"])
def settings(request):
    return Settings.model_validate({"runtime": {"cache": request.param}})


@pytest.fixture
def children(model, settings):
    return resources.children(model, settings)


@pytest.fixture
def template(children):
    return next(each for each in children if each["kind"] == "Deployment")["spec"]["template"]


def test_every_child_is_owned_by_the_model(children, model):
    owners = [child["metadata"]["ownerReferences"] for child in children]
    assert all([owner["uid"] for owner in each] == [model.uid] for each in owners)


def test_every_child_is_found_by_its_label(children):
    assert all(child["metadata"]["labels"][names.MODEL_LABEL] == "a-model" for child in children)


def test_every_child_is_in_the_namespace_of_the_model(children):
    assert {child["metadata"]["namespace"] for child in children} == {"models"}


def test_no_two_children_are_one(children):
    identities = [(child["kind"], child["metadata"]["name"]) for child in children]
    assert len(identities) == len(set(identities))


def test_every_kind_can_be_written(children):
    assert all(child["kind"] in PLURALS for child in children)


def test_children_are_json(children):
    assert json.loads(json.dumps(children)) == list(children)


def test_every_selector_selects_the_pods(children, template):
    labels = template["metadata"]["labels"].items()
    selectors = [selector for child in children for selector in selectors_of(child)]
    assert len(selectors) >= 3
    assert all(selector.items() <= labels for selector in selectors)


def selectors_of(child):
    spec = child.get("spec", {})
    if child["kind"] == "Service":
        return [spec["selector"]]
    return [spec[key]["matchLabels"] for key in ("selector", "podSelector") if key in spec]


def test_pods_meet_the_restricted_profile(template):
    spec = template["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_pods_cannot_write_to_their_image_nor_speak_to_the_api_server(template):
    spec = template["spec"]
    assert all(each["securityContext"]["readOnlyRootFilesystem"] for each in spec["containers"])
    assert spec["automountServiceAccountToken"] is False


def test_every_mount_has_its_volume(template):
    volumes = {volume["name"] for volume in template["spec"]["volumes"]}
    mounts = {mount["name"] for each in template["spec"]["containers"] for mount in each["volumeMounts"]}
    assert mounts == volumes


def test_every_variable_is_there_once(template):
    variables = [variable["name"] for variable in template["spec"]["containers"][0]["env"]]
    assert len(variables) == len(set(variables))


def test_pods_outlive_the_last_request(template, model):
    grace = template["spec"]["terminationGracePeriodSeconds"]
    drain = template["spec"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert grace > drain + model.spec.limits.timeout.seconds
