"""Tasks on images whose models the faster way cannot serve, beside transformers' own pipelines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

import tiny_images
from same import same
from served import Served, serve
from tenfold_api.spec import Engine
from tenfold_runtime.errors import RequestError
from tenfold_runtime.vision.base import png

IMAGE = tiny_images.picture()
PNG = tiny_images.file(IMAGE)
TASKS = {
    "focalnet": "image-classification",
    "timm": "image-classification",
    "glpn": "depth-estimation",
    "maskformer": "image-segmentation",
    "yolos": "object-detection",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("pictured"), {}

    def by(name: str) -> Path:
        if name == "timm":
            pytest.importorskip("timm", reason="timm and a torchvision that fits torch are not installed")
        if name not in made:
            made[name] = tiny_images.make(root / name, name)
        return made[name]

    return by


@pytest.fixture(scope="module")
def served(folder: Callable[[str], Path], cache: Path) -> Callable[[str], Served]:
    loaded: dict[str, Served] = {}

    def by(name: str) -> Served:
        if name not in loaded:
            engine = "transformers" if name == "yolos" else "auto"
            loaded[name] = serve(folder(name), cache, engine=engine)
        return loaded[name]

    return by


def pipeline(name: str, folder: Path) -> Any:
    return transformers.pipeline(TASKS[name], str(folder), device="cpu")


@pytest.mark.parametrize("name", TASKS)
def test_what_the_faster_way_cannot_serve_runs_on_torch_and_says_why(name, served):
    manifest = served(name).loaded.manifest

    assert (manifest.engine, manifest.task) == (Engine.TRANSFORMERS, TASKS[name])
    assert manifest.fallback


@pytest.mark.parametrize("name", ["focalnet", "timm"])
def test_labels_are_those_of_transformers(name, folder, served):
    assert same(served(name).ask(PNG), pipeline(name, folder(name))(IMAGE, top_k=5))


def test_all_labels_are_told_where_no_number_of_them_is_asked_for(folder, served):
    body = {"inputs": png(IMAGE), "parameters": {"top_k": None}}

    assert len(served("timm").ask(body)) == len(tiny_images.LABELS)


def test_depth_is_that_of_transformers(folder, served):
    expected = pipeline("glpn", folder("glpn"))(IMAGE)

    answer = served("glpn").ask(PNG)

    assert same(answer["predicted_depth"], expected["predicted_depth"].tolist())
    assert answer["depth"] == png(expected["depth"])


def test_objects_are_those_of_transformers(folder, served):
    body = {"inputs": png(IMAGE), "parameters": {"threshold": 0.1}}

    assert same(served("yolos").ask(body), pipeline("yolos", folder("yolos"))(IMAGE, threshold=0.1))


@pytest.mark.parametrize("subtask", ["panoptic", "instance", "semantic"])
def test_each_way_to_segment_is_that_of_transformers(subtask, folder, served):
    options = {"subtask": subtask, "threshold": 0.0, "overlap_mask_area_threshold": 0.0}
    expected = pipeline("maskformer", folder("maskformer"))(IMAGE, **options)

    answer = served("maskformer").ask({"inputs": png(IMAGE), "parameters": options})

    assert len(answer) == len(expected)
    for ours, theirs in zip(answer, expected, strict=True):
        assert ours["label"] == theirs["label"]
        assert ours["mask"] == png(theirs["mask"])
        assert isinstance(ours["score"], float)


def test_a_bad_image_is_refused_and_the_next_one_served(served):
    with pytest.raises(RequestError, match="inputs"):
        served("timm").ask(PNG[:-200])
    assert served("timm").ask(PNG)
