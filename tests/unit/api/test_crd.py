import json
import re

import pytest
import yaml

import admission
from model_specs import HUB, INVALID, OTHER_IDS, SAME_ID, VALID
from tenfold_api import crd
from tenfold_api.spec import Spec

DOCUMENT = crd.custom_resource_definition()
VERSION = DOCUMENT["spec"]["versions"][0]
ROOT = VERSION["schema"]["openAPIV3Schema"]
SPEC = ROOT["properties"]["spec"]
STATUS = ROOT["properties"]["status"]

# What CustomResourceDefinitions know of JSON schema, without what structural schemas forbid.
ALLOWED = {
    *("type", "format", "description", "default", "enum", "pattern", "required", "properties", "items"),
    *("minLength", "maxLength", "minimum", "maximum", "maxItems", "additionalProperties"),
    *("x-kubernetes-int-or-string", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    *("x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"),
}


def nodes(node, path=""):
    yield path, node
    for name, child in node.get("properties", {}).items():
        yield from nodes(child, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in node:
            yield from nodes(node[key], f"{path}[]")


NODES = dict(nodes(ROOT))


def test_the_definition_carries_the_names_that_people_type():
    assert DOCUMENT["metadata"]["name"] == "inferencemodels.tenfold.dev"
    assert DOCUMENT["spec"]["scope"] == "Namespaced"
    assert DOCUMENT["spec"]["names"]["shortNames"] == ["im"]
    assert DOCUMENT["spec"]["names"]["categories"] == ["tenfold"]


def test_the_one_version_is_served_and_stored():
    assert (VERSION["name"], VERSION["served"], VERSION["storage"]) == ("v1alpha1", True, True)


def test_kubectl_get_shows_the_designed_columns():
    columns = VERSION["additionalPrinterColumns"]
    narrow = [column["name"].upper() for column in columns if not column.get("priority")]
    wide = [column["name"].upper() for column in columns if column.get("priority")]
    assert narrow == ["MODEL", "TASK", "PHASE", "READY", "COMPUTE", "SPEEDUP", "AGE"]
    assert wide == ["URL", "REVISION", "DRIFT"]


def test_every_path_of_a_column_and_of_the_scale_is_a_field():
    columns = [column["jsonPath"] for column in VERSION["additionalPrinterColumns"]]
    paths = {*columns, *VERSION["subresources"]["scale"].values()} - {".metadata.creationTimestamp"}
    assert paths <= NODES.keys()


def test_status_is_a_subresource():
    assert VERSION["subresources"]["status"] == {}


@pytest.mark.parametrize("path", NODES)
def test_every_node_is_structural(path):
    node = NODES[path]
    assert node.keys() <= ALLOWED
    assert isinstance(node.get("type"), str) or node.get("x-kubernetes-int-or-string")


@pytest.mark.parametrize(
    "path", [path for path in NODES if path and "[]" not in path and path != ".metadata"]
)
def test_every_field_is_described_for_kubectl_explain(path):
    assert NODES[path]["description"].endswith(".")


def test_no_object_closes_itself_beside_its_fields():
    assert not [path for path, node in NODES.items() if {"properties", "additionalProperties"} <= node.keys()]


def test_metadata_is_left_to_kubernetes():
    assert ROOT["properties"]["metadata"] == {"type": "object"}


def test_a_field_that_is_passed_through_keeps_what_the_schema_does_not_know():
    open_object = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    assert NODES[".spec.tolerations[]"] == open_object
    assert NODES[".spec.podTemplate"] == {
        **open_object,
        "description": NODES[".spec.podTemplate"]["description"],
    }


def test_conditions_are_a_map_by_type():
    assert NODES[".status.conditions"]["x-kubernetes-list-type"] == "map"
    assert NODES[".status.conditions"]["x-kubernetes-list-map-keys"] == ["type"]
    assert "type" in NODES[".status.conditions[]"]["required"]


def test_nothing_is_null_by_default():
    assert not [path for path, node in NODES.items() if node.get("default", ...) is None]


def test_the_api_server_fills_in_the_defaults_that_the_model_has():
    filled = admission.with_defaults(SPEC, HUB)
    assert filled == Spec.model_validate(HUB).model_dump(mode="json", by_alias=True, exclude_none=True)


@pytest.mark.parametrize("path", [path for path, node in NODES.items() if "default" in node])
def test_every_default_is_valid_as_it_is_written(path):
    node = NODES[path]
    assert admission.broken_rules(node, node["default"]) == []
    assert admission.refusals(node, node["default"]) == []


@pytest.mark.parametrize(
    "path", [".spec.modelId", ".spec.source.hub.repo", ".spec.image", ".spec.source.uri"]
)
def test_strings_that_rules_read_are_bounded(path):
    assert NODES[path]["maxLength"] <= 1024


@pytest.mark.parametrize("spec", VALID)
def test_admission_accepts_what_the_model_accepts(spec):
    assert admission.refusals(SPEC, spec) == []
    assert Spec.model_validate(spec)


@pytest.mark.parametrize(("spec", "message"), [(spec, message) for spec, message, _ in INVALID])
def test_admission_refuses_what_the_model_refuses(spec, message):
    assert message in "; ".join(admission.refusals(SPEC, spec))
    with pytest.raises(ValueError, match="1 validation error"):
        Spec.model_validate_json(json.dumps(spec), strict=True)


@pytest.mark.parametrize(("old", "new"), OTHER_IDS)
def test_the_model_id_cannot_be_changed(old, new):
    assert admission.refusals(SPEC, new, old) == [
        "modelId cannot be changed; apply another InferenceModel instead"
    ]


@pytest.mark.parametrize(("old", "new"), SAME_ID)
def test_the_source_can_be_changed_under_one_model_id(old, new):
    assert admission.refusals(SPEC, new, old) == []


def test_the_yaml_reads_back_as_the_same_document():
    assert yaml.safe_load(crd.to_yaml(DOCUMENT)) == DOCUMENT


def test_the_yaml_says_what_generated_it():
    assert crd.to_yaml(DOCUMENT).startswith("# Generated by `tenfold crd`")


def test_the_yaml_has_no_aliases_and_nothing_that_helm_would_replace():
    assert not re.search(r"[&*]id\d+|\{\{", crd.to_yaml(DOCUMENT))


def test_the_yaml_is_far_below_what_kubectl_apply_can_annotate():
    assert len(crd.to_yaml(DOCUMENT).encode()) < 64 * 1024
