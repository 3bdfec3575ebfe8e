"""Images over HTTP, with the client that people use."""

import base64

import httpx2
import pytest
from huggingface_hub import InferenceClient

import tiny_images
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service

PNG = tiny_images.file(tiny_images.picture())


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """URLs of a classifier, a detector and a segmenter."""
    root = tmp_path_factory.mktemp("clients")

    def service(name):
        return Service(settings(tiny_images.make(root / name, name), root / "cache"), BuildHere())

    with (
        live(service("vit")) as vit,
        live(service("yolos")) as yolos,
        live(service("segformer")) as segformer,
    ):
        yield {"vit": vit, "yolos": yolos, "segformer": segformer}


def test_inference_client_reads_labels(urls):
    client = InferenceClient(model=urls["vit"])

    assert len(client.image_classification(PNG)) == 5
    assert len(client.image_classification(PNG, top_k=2)) == 2


def test_inference_client_reads_boxes(urls):
    found = InferenceClient(model=urls["yolos"]).object_detection(PNG, threshold=0.1)

    assert {found[0].label} <= set(tiny_images.LABELS.values())
    assert isinstance(found[0].box.xmin, int)


def test_inference_client_reads_masks(urls):
    found = InferenceClient(model=urls["segformer"]).image_segmentation(PNG, subtask="semantic")

    assert (found[0].mask.size, found[0].score) == ((97, 61), 1.0)


def test_an_answer_to_an_image_counts_no_characters(urls):
    answer = httpx2.post(urls["vit"], content=PNG, headers={"content-type": "text/plain"})

    assert (answer.status_code, answer.headers["x-compute-characters"]) == (200, "-1")
    assert answer.headers["content-type"] == "application/json"


def test_a_damaged_image_is_refused_and_named(urls):
    body = {"inputs": base64.b64encode(PNG[:3000]).decode()}

    answer = httpx2.post(urls["vit"], json=body)

    assert answer.status_code == 400
    assert answer.json()["error"][0].startswith("Error in `inputs`: the PNG image is damaged")
