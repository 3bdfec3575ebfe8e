"""Every task on images gives what transformers' pipeline gives on the same weights, in the API's shape."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from same import same
from served import Served, serve
from tiny_images import file, make, picture

PNG = file(picture())


@pytest.fixture(scope="session")
def seer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Give the folder of a tiny vision model by its name."""
    root, made = tmp_path_factory.mktemp("seers"), {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = make(root / name, name)
        return made[name]

    return folder


@pytest.fixture(scope="session")
def seeing(seer: Callable[[str], Path], cache: Path) -> Callable[[str], Served]:
    """Give the runtime's answers for a tiny vision model; each is loaded once."""
    loaded: dict[str, Served] = {}

    def by(name: str) -> Served:
        if name not in loaded:
            loaded[name] = serve(seer(name), cache)
        return loaded[name]

    return by


@pytest.fixture(scope="session")
def pipeline(seer: Callable[[str], Path]) -> Callable[..., transformers.Pipeline]:
    """Give transformers' own pipeline on the same weights."""

    def by(task: str, name: str) -> transformers.Pipeline:
        return transformers.pipeline(task, str(seer(name)), device="cpu", use_fast=False)

    return by


@pytest.mark.parametrize("size", [(97, 61), (40, 130), (48, 48), (30, 20)])
@pytest.mark.parametrize("name", ["vit", "resnet", "dinov2"])
def test_image_classification_gives_the_five_likeliest_labels(seeing, pipeline, name, size):
    image = picture(*size)
    expected = pipeline("image-classification", name)(image)

    assert same(seeing(name).ask(file(image)), expected)


@pytest.mark.parametrize("function", ["sigmoid", "softmax", "none"])
def test_image_classification_applies_the_function_asked_for(seeing, pipeline, function):
    parameters = {"top_k": 3, "function_to_apply": function}
    expected = pipeline("image-classification", "vit")(picture(), **parameters)

    answer = seeing("vit").ask({"inputs": base64.b64encode(PNG).decode(), "parameters": parameters})

    assert same(answer, expected)


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": base64.b64encode(PNG).decode()},
        {"inputs": "data:image/jpeg;base64," + base64.b64encode(PNG).decode()},
        {"image": base64.b64encode(PNG).decode(), "options": {"use_cache": False}},
        {"inputs": {"image": base64.b64encode(PNG).decode()}},
        base64.b64encode(PNG).decode(),
    ],
    ids=["base64", "data URL", "image", "inputs.image", "bare string"],
)
def test_an_image_in_json_is_answered_as_its_bytes_are(seeing, body):
    assert seeing("vit").ask(body) == seeing("vit").ask(PNG)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_is_read_as_transformers_reads_it(seeing, pipeline, kind):
    image = file(picture(), kind)
    expected = pipeline("image-classification", "vit")(base64.b64encode(image).decode())

    assert same(seeing("vit").ask(image), expected)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "CMYK"])
def test_every_kind_of_color_becomes_rgb_as_in_transformers(seeing, pipeline, mode):
    image = file(picture().convert(mode), "TIFF")
    expected = pipeline("image-classification", "vit")(base64.b64encode(image).decode())

    assert same(seeing("vit").ask(image), expected)


def test_a_photograph_is_turned_as_its_camera_was_held(seeing, pipeline):
    exif = picture().getexif()
    exif[0x0112] = 6  # held upright: to be turned by 90 degrees
    photograph = file(picture(), "JPEG", exif=exif)
    expected = pipeline("image-classification", "vit")(base64.b64encode(photograph).decode())

    assert same(seeing("vit").ask(photograph), expected)


@pytest.mark.parametrize("size", [(97, 61), (61, 97), (300, 80)])
@pytest.mark.parametrize("name", ["detr", "yolos"])
def test_object_detection_finds_the_same_boxes(seeing, pipeline, name, size):
    expected = pipeline("object-detection", name)(picture(*size), threshold=0.2)

    image = base64.b64encode(file(picture(*size))).decode()
    answer = seeing(name).ask({"inputs": image, "parameters": {"threshold": 0.2}})

    assert expected
    assert same(answer, expected)


def test_object_detection_tells_what_is_likelier_than_not(seeing, pipeline):
    assert same(seeing("yolos").ask(PNG), pipeline("object-detection", "yolos")(picture()))


@pytest.mark.parametrize("size", [(97, 61), (61, 97), (300, 80)])
def test_image_segmentation_gives_a_mask_of_each_kind(seeing, pipeline, size):
    expected = pipeline("image-segmentation", "segformer")(picture(*size))

    answer = seeing("segformer").ask(file(picture(*size)))

    assert [(one["label"], one["score"]) for one in answer] == [(one["label"], 1.0) for one in expected]
    for given, wanted in zip(answer, expected, strict=True):
        mask = Image.open(io.BytesIO(base64.b64decode(given["mask"])))
        assert (mask.format, mask.mode, mask.size) == ("PNG", "L", size)
        assert np.mean(np.asarray(mask) != np.asarray(wanted["mask"])) < 0.002  # pixels between two kinds


@pytest.mark.parametrize("size", [(97, 61), (61, 97), (50, 40)])
def test_depth_estimation_gives_the_same_shades(seeing, pipeline, size):
    expected = pipeline("depth-estimation", "dpt")(picture(*size))

    answer = seeing("dpt").ask(file(picture(*size)))

    depth = Image.open(io.BytesIO(base64.b64decode(answer["depth"])))
    assert (depth.format, depth.mode, depth.size) == ("PNG", "L", size)
    assert np.max(np.abs(np.asarray(depth, int) - np.asarray(expected["depth"], int))) <= 1


def test_depth_estimation_gives_the_network_s_own_numbers(seeing, pipeline):
    pipe = pipeline("depth-estimation", "dpt")
    with torch.no_grad():
        expected = pipe.model(**pipe.image_processor(picture(), return_tensors="pt")).predicted_depth[0]

    assert np.allclose(seeing("dpt").ask(PNG)["predicted_depth"], expected, atol=1e-3)
