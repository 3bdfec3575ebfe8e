"""What a person may name, and what is refused with the field and the reason."""

import json
from pathlib import Path

import pytest

from tenfold_cli import selection
from tenfold_cli.errors import CommandError


def manifest(folder: Path, **spec) -> Path:
    whole = {"modelId": "tests/a", "source": {"path": "."}, **spec}
    head = {"apiVersion": "tenfold.dev/v1alpha1", "kind": "InferenceModel", "metadata": {"name": "a"}}
    file = folder / "a.yaml"
    file.write_text(json.dumps({**head, "spec": whole}))
    return file


def refused(*files: Path, names=()) -> str:
    with pytest.raises(CommandError) as raised:
        selection.models(files, names)
    assert raised.value.status == 2
    return str(raised.value)


def test_a_folder_is_served_under_its_name(tmp_path):
    (tmp_path / "My_Model").mkdir()
    model = selection.named(str(tmp_path / "My_Model"))
    assert (model.model_id, model.metadata.name) == ("My_Model", "my-model")
    assert model.spec.source.path == str(tmp_path / "My_Model")


def test_an_id_is_served_from_the_hub():
    model = selection.named("org/Some_Model.v1")
    assert (model.model_id, model.spec.source.hub.repo) == ("org/Some_Model.v1", "org/Some_Model.v1")


def test_a_relative_folder_is_found_from_where_the_person_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reviews").mkdir()
    assert selection.named("./reviews").spec.source.path == str(tmp_path / "reviews")


def test_manifests_and_names_come_together(tmp_path):
    (tmp_path / "b").mkdir()
    models = selection.models([manifest(tmp_path)], [str(tmp_path / "b")])
    assert [model.model_id for model in models] == ["tests/a", "b"]


def test_nothing_to_serve_is_refused():
    assert "give --file or --model" in refused()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./nowhere", "--model ./nowhere: there is no such folder"),
        ("a/b/c", "--model a/b/c: must be a folder, or an id on the hub"),
        ("with space", "--model with space: must be a folder"),
    ],
)
def test_a_name_that_is_neither_folder_nor_id_is_refused(name, words):
    assert words in refused(names=[name])


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"source": {"pvc": {"claimName": "c"}}}, "spec.source.pvc"),
        ({"source": {"uri": "s3://bucket/folder"}}, "spec.source.uri"),
        ({"source": {"path": "nowhere"}}, "spec.source.path"),
        ({"engine": "custom", "image": "vllm"}, "spec.engine"),
        ({"visibility": "private"}, "spec.visibility"),
        ({"env": [{"name": "A", "valueFrom": {}}]}, "spec.env[0].valueFrom"),
    ],
)
def test_what_one_machine_cannot_do_is_refused(tmp_path, spec, field):
    assert refused(manifest(tmp_path, **spec)).startswith(f"{tmp_path}/a.yaml: a: {field}: ")


def test_all_problems_are_told_at_once(tmp_path):
    lines = refused(manifest(tmp_path, engine="fast"), tmp_path / "none", names=["./nowhere"]).splitlines()
    assert len(lines) == 3


def test_one_model_id_may_be_chosen_once(tmp_path):
    file = manifest(tmp_path)
    assert "spec.modelId: tests/a is already used by" in refused(file, file)
