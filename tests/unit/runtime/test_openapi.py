"""The OpenAPI document of a running model."""

import httpx2
import pytest
import schemathesis
from starlette.testclient import TestClient

import tiny_decoders
import tiny_images
import tiny_tabular
from live import live
from served import BuildHere, settings
from tenfold_api import names
from tenfold_runtime.app import create_app
from tenfold_runtime.service import Service


@pytest.fixture(scope="module")
def documents(tmp_path_factory, classifier):
    """The documents of models that read texts, go on with them, look at images and read tables."""
    root = tmp_path_factory.mktemp("openapi")
    folders = {
        "text": classifier,
        "generation": tiny_decoders.make(root / "gpt2", "gpt2"),
        "image": tiny_images.make(root / "vit", "vit"),
        "table": tiny_tabular.save(root / "table", tiny_tabular.classifier()[0], "tabular-classification"),
    }
    return {name: document(folder, root / "cache") for name, folder in folders.items()}


def document(folder, cache):
    with live(Service(settings(folder, cache), BuildHere())) as url:
        return httpx2.get(f"{url}/openapi.json").json()


def body(document, path):
    return document["paths"][path]["post"]["requestBody"]["content"]


@pytest.mark.parametrize("name", ["text", "generation", "image", "table"])
def test_a_document_is_valid_and_tells_of_every_path(documents, name):
    found = documents[name]

    schemathesis.openapi.from_dict(found).validate()
    assert {"/", "/info", "/health", "/metrics", "/openapi.json"} <= set(found["paths"])
    assert found["info"]["title"].startswith("tests/")


def test_each_task_of_a_model_has_a_path_with_an_example(documents):
    found = documents["text"]

    assert "candidate_labels" in str(body(found, "/pipeline/zero-shot-classification"))
    assert body(found, "/pipeline/text-classification")["application/json"]["example"]["inputs"]
    assert len(body(found, "/")["application/json"]["schema"]["anyOf"]) == 2


def test_a_task_that_takes_files_says_so(documents):
    assert set(body(documents["image"], "/")) == {"application/json", "application/octet-stream"}
    assert set(body(documents["table"], "/")) == {"application/json"}


def test_other_dialects_are_told_with_their_own_errors(documents):
    paths = documents["generation"]["paths"]

    generate = {"/v1/completions", "/v1/chat/completions", "/generate", "/generate_stream"}
    assert set(names.OTHER_DIALECTS) & set(paths) == generate
    refusal = paths["/v1/chat/completions"]["post"]["responses"]["400"]["content"]["application/json"]
    assert refusal["schema"] == {"$ref": "#/components/schemas/OpenAIError"}


def test_a_parameter_is_described_with_its_bounds(documents):
    parameters = documents["generation"]["components"]["schemas"]["TextGenerationParameters"]["properties"]

    assert "seed" in parameters
    assert parameters["num_return_sequences"]["maximum"] == 10


def test_while_a_model_loads_only_what_answers_is_told(classifier, tmp_path):
    app = create_app(Service(settings(classifier, tmp_path), BuildHere()))  # never started

    found = TestClient(app).get("/openapi.json").json()

    assert "get" in found["paths"]["/"]
    assert not any("post" in methods for methods in found["paths"].values())
