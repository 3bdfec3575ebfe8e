"""A vision model as a service: what it refuses, how its runs are shared, what serving it imports."""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from served import ANYONE, load, settings
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad, Overloaded, RequestError, TaskNotAnswered
from tenfold_runtime.kinds import answerer
from tenfold_runtime.vision.loaded import LoadedVision
from tenfold_runtime.vision.predictor import VisionPredictor
from tiny_images import file, make, picture

PNG = file(picture())

SERVE = """
import json, sys
from pathlib import Path
from served import load
import tenfold_runtime.app
load(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def vit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("vision") / "vit", "vit")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def loaded(vit: Path, cache: Path) -> Iterator[LoadedVision]:
    yield load(vit, cache)


def spec(vit: Path, cache: Path, **limits: int) -> Spec:
    return settings(vit, cache, limits=limits).model.spec


async def test_requests_that_come_together_are_each_answered_their_own(loaded, vit, cache):
    predictor = answerer(loaded, spec(vit, cache))
    working = asyncio.create_task(predictor.worker.work())
    bodies = [file(picture(seed=seed)) for seed in range(6)]

    together = await asyncio.gather(*(predictor.predict(body, None, ANYONE) for body in bodies))
    alone = [await predictor.predict(body, Task.IMAGE_CLASSIFICATION, ANYONE) for body in bodies]

    working.cancel()
    for one, other in zip(together, alone, strict=True):
        assert [label["label"] for label in one.answer] == [label["label"] for label in other.answer]
    assert together[0].characters == -1


def test_images_of_several_sizes_share_a_call(loaded):
    network = loaded.network
    images = [np.full((3, 48, 48), shade, np.float32) for shade in (0.1, 0.5)]

    answers = network.run(images)

    assert np.allclose(answers[1]["logits"], network.run([images[1]])[0]["logits"], atol=1e-4)


async def test_one_request_more_than_may_wait_is_refused(loaded, vit, cache):
    predictor = VisionPredictor(loaded, spec(vit, cache, maxQueue=1))
    working = asyncio.create_task(predictor.worker.work())
    first = asyncio.create_task(predictor.predict(PNG, None, ANYONE))
    await asyncio.sleep(0)

    with pytest.raises(Overloaded):
        await predictor.predict(PNG, None, ANYONE)

    await first
    working.cancel()


async def test_other_tasks_and_other_paths_are_not_answered(loaded, vit, cache):
    predictor = VisionPredictor(loaded, spec(vit, cache))

    with pytest.raises(TaskNotAnswered, match="it answers image-classification"):
        await predictor.predict(PNG, Task.FILL_MASK, ANYONE)
    with pytest.raises(TaskNotAnswered, match="/v1/embeddings"):
        await predictor.call("/v1/embeddings", PNG, ANYONE)


async def test_json_that_is_broken_is_told_as_such(loaded, vit, cache):
    predictor = VisionPredictor(loaded, spec(vit, cache))

    with pytest.raises(RequestError, match="not valid JSON"):
        await predictor.predict(b'{"inputs": "iVBO', None, ANYONE)


async def test_its_example_is_answered(loaded, vit, cache):
    predictor = answerer(loaded, spec(vit, cache))
    working = asyncio.create_task(predictor.worker.work())
    (body,) = predictor.examples().values()

    prediction = await predictor.predict(json.dumps(body).encode(), None, ANYONE)

    working.cancel()
    assert len(prediction.answer) == 5


@pytest.fixture
def unfamiliar(vit, tmp_path):
    """The model with an image processor that the faster way does not know, and that makes other images."""
    folder = tmp_path / "unfamiliar"
    shutil.copytree(vit, folder)
    processor = {"image_processor_type": "PoolFormerImageProcessor"}
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    return folder


def test_a_processor_that_is_not_known_leaves_the_model_to_its_library(unfamiliar, tmp_path):
    fitting = {"image_processor_type": "PoolFormerImageProcessor", "size": {"height": 48, "width": 48}}
    (unfamiliar / "preprocessor_config.json").write_text(
        json.dumps({**fitting, "crop_size": fitting["size"]})
    )

    manifest = load(unfamiliar, tmp_path / "cache").manifest

    assert "PoolFormerImageProcessor is not supported; one of Beit" in manifest.fallback


def test_files_that_do_not_fit_each_other_are_final(unfamiliar, tmp_path):
    with pytest.raises(CannotLoad, match=r"Input image size .* doesn't match model") as raised:
        load(unfamiliar, tmp_path / "cache")

    assert (raised.value.failure.status, raised.value.failure.reason) == (422, "ExampleFailed")


def test_serving_imports_neither_torch_nor_transformers(loaded, vit, cache):
    ran = subprocess.run(
        [sys.executable, "-c", SERVE, str(vit), str(cache)], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "support")},
    )  # fmt: skip

    roots = {name.partition(".")[0] for name in json.loads(ran.stdout)}
    assert not roots & {"torch", "transformers", "optimum", "onnx", "huggingface_hub", "scipy", "pandas"}
