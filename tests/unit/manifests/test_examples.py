"""manifests/examples/: each would be accepted by the API server, and together they show what there is."""

import pytest
import yaml

import admission
import scripts
from tenfold_api import crd, manifests
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task

FOLDER = scripts.ROOT / "manifests" / "examples"
EXAMPLES = sorted(FOLDER.rglob("*.yaml"))
RUN_ANYWHERE = sorted(FOLDER.glob("*.yaml"))
SCHEMA = crd.custom_resource_definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
FAMILIES = {
    "vectors of text": {Task.FEATURE_EXTRACTION, Task.SENTENCE_SIMILARITY},
    "labels of text": {Task.TEXT_CLASSIFICATION, Task.ZERO_SHOT_CLASSIFICATION, Task.TOKEN_CLASSIFICATION},
    "text to text": {Task.TRANSLATION, Task.SUMMARIZATION, Task.TEXT2TEXT_GENERATION},
    "generation": {Task.TEXT_GENERATION},
    "images": {Task.IMAGE_CLASSIFICATION, Task.OBJECT_DETECTION},
    "sounds": {Task.AUTOMATIC_SPEECH_RECOGNITION, Task.AUDIO_CLASSIFICATION},
    "tables": {Task.TABULAR_CLASSIFICATION, Task.TABULAR_REGRESSION},
}


@pytest.fixture(scope="module")
def specs():
    return [model.spec for file in EXAMPLES for model in manifests.read(file)]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_example_is_accepted(file):
    assert admission.refusals(SCHEMA, yaml.safe_load(file.read_text(encoding="utf-8"))) == []
    assert manifests.read(file)


def test_no_two_examples_have_one_name_or_path(specs):
    models = [model for file in EXAMPLES for model in manifests.read(file)]
    assert len({model.metadata.name for model in models}) == len(models)
    assert len({model.model_id for model in models}) == len(models)


@pytest.mark.parametrize("source", ["hub", "pvc", "path"])
def test_every_source_has_an_example(specs, source):
    assert any(source in spec.source.model_fields_set for spec in specs)


@pytest.mark.parametrize("engine", Engine)
def test_every_engine_has_an_example(specs, engine):
    assert any(spec.engine is engine for spec in specs)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_tasks_has_an_example(specs, family):
    assert any(spec.task in FAMILIES[family] for spec in specs)


def test_the_page_lists_every_example():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({file.relative_to(FOLDER).as_posix()})" in page for file in EXAMPLES)


@pytest.mark.parametrize("file", RUN_ANYWHERE, ids=lambda file: file.stem)
def test_what_is_applied_with_the_folder_needs_nothing_of_the_cluster(file):
    (model,) = manifests.read(file)
    assert model.spec.source.model_fields_set == {"hub"}
    assert model.spec.source.hub.token_secret_ref is None
    assert model.spec.engine is not Engine.CUSTOM


def test_what_is_applied_with_the_folder_fits_a_small_cluster():
    specs = [model.spec for file in RUN_ANYWHERE for model in manifests.read(file)]
    assert sum(millicores(spec.resources) for spec in specs) <= 2000


def millicores(resources):
    return int(resources["requests"]["cpu"].removesuffix("m"))
