"""values.yaml, and what is made from its comments."""

import jsonschema
import pytest
import yaml

import helm
import scripts

chart_values = scripts.load("chart_values")


@pytest.mark.parametrize("name", ["README.md", "values.schema.json"])
def test_the_committed_file_is_what_make_generate_writes(name):
    assert (helm.CHART / name).read_text(encoding="utf-8") == chart_values.files()[name]


def test_every_value_is_described():
    assert [value.name for value in every_value() if not value.description.endswith((".", "`"))] == []


def test_the_defaults_are_valid():
    text = (helm.CHART / "values.yaml").read_text(encoding="utf-8")
    jsonschema.validate(yaml.safe_load(text), chart_values.schema(chart_values.read(text)))


def test_a_description_may_take_several_lines():
    (value,) = chart_values.read("# One,\n# two.\nname: 1\n")
    assert value.description == "One, two."


def test_a_value_that_is_taken_as_a_whole_has_no_values_below_it():
    (value,) = chart_values.read('# Whole.\n# @schema {"type": "object"}\nname:\n  below: 1\n')
    assert value.children == []


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"gatway": {}}, "gatway"),
        ({"gateway": {"replica": 3}}, "replica"),
        ({"runtime": {"cache": {"type": "claim"}}}, "type"),
        ({"gateway": {"service": {"type": "External"}}}, "gateway.service.type"),
        ({"runtime": {"user": 0}}, "runtime.user"),
        ({"operator": {"podLabels": {"a": 1}}}, "operator.podLabels.a"),
        ({"gateway": {"replicas": "two"}}, "gateway.replicas"),
    ],
)
def test_a_wrong_value_fails_the_install_and_is_named(wrong, name):
    message = helm.refusal(wrong).replace("/", ".")  # Helm 4 writes a path with slashes, Helm 3 with dots
    assert name in message


def every_value(values=None):
    text = (helm.CHART / "values.yaml").read_text(encoding="utf-8")
    for value in chart_values.read(text) if values is None else values:
        yield value
        yield from every_value(value.children)
