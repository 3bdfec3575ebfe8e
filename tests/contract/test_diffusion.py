"""Images drawn by pipelines of diffusers, beside those pipelines themselves."""

import base64
import io
import json
import shutil
import time
from contextlib import contextmanager

import diffusers
import httpx2
import numpy as np
import pytest
import torch
import transformers
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from huggingface_hub import InferenceClient
from PIL import Image

import tiny_diffusion
import tiny_images
from live import live
from served import BuildHere, load, settings
from tenfold_api.spec import Engine, Limits, Security
from tenfold_api.tasks import Task
from tenfold_runtime import deadline
from tenfold_runtime.errors import CannotLoad, TooSlow
from tenfold_runtime.pipelines.base import Weights
from tenfold_runtime.pipelines.diffusers_parameters import DrawingParameters
from tenfold_runtime.pipelines.diffusers_pipeline import Drawing
from tenfold_runtime.service import Service

PICTURE = tiny_images.picture(64, 48)
PNG = tiny_images.file(PICTURE)
FEW = {"num_inference_steps": 3, "seed": 7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_diffusion.stable_diffusion(tmp_path_factory.mktemp("models") / "painter")


@contextmanager
def both(folder, cache, engine):
    """URLs of the same pipeline, as it draws from texts and from images."""
    drawn = Service(settings(folder, cache, engine=engine), BuildHere())
    redrawn = Service(settings(folder, cache, engine=engine, task="image-to-image"), BuildHere())
    with live(drawn) as text_to_image, live(redrawn) as image_to_image:
        yield {"text-to-image": text_to_image, "image-to-image": image_to_image}


@pytest.fixture(scope="module")
def urls(folder, cache):
    with both(folder, cache, "transformers") as urls:
        yield urls


@pytest.fixture(scope="module")
def exported(folder, cache):
    with both(folder, cache, "auto") as urls:
        yield urls


def ask(url, body, accept="image/png"):
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    return httpx2.post(url, **sent, headers={"accept": accept}, timeout=60)


def seen(answer):
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def own(folder, kind, *args, seed=7, **options):
    """Ask diffusers itself."""
    pipeline = kind.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator("cpu").manual_seed(seed)
    return np.asarray(pipeline(*args, generator=generator, **options).images[0])


@pytest.mark.parametrize(
    "wished",
    [
        {"num_inference_steps": 3},
        {"num_inference_steps": 2, "guidance_scale": 2.0, "negative_prompt": "fog"},
        {"num_inference_steps": 2, "width": 32, "height": 48},
    ],
    ids=["plainly", "guided", "in another size"],
)
def test_a_text_is_drawn_pixel_for_pixel_as_diffusers_draws_it(urls, folder, wished):
    answer = ask(urls["text-to-image"], {"inputs": "a cat", "parameters": {**wished, "seed": 7}})

    expected = own(folder, diffusers.StableDiffusionPipeline, "a cat", **wished)
    assert np.array_equal(seen(answer), expected)
    assert answer.headers["x-compute-characters"] == "5"


def test_another_scheduler_serves_one_request_only(urls, folder):
    url, name = urls["text-to-image"], "EulerDiscreteScheduler"
    before = seen(ask(url, {"inputs": "a cat", "parameters": FEW}))

    drawn = seen(ask(url, {"inputs": "a cat", "parameters": {**FEW, "scheduler": name}}))

    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(folder)
    pipeline.scheduler = diffusers.EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    generator = torch.Generator("cpu").manual_seed(7)
    expected = pipeline("a cat", num_inference_steps=3, generator=generator).images[0]
    assert np.array_equal(drawn, np.asarray(expected))
    assert np.array_equal(seen(ask(url, {"inputs": "a cat", "parameters": FEW})), before)


def test_without_a_seed_each_image_is_another(urls):
    body = {"inputs": "a cat", "parameters": {"num_inference_steps": 1}}

    first, second = (seen(ask(urls["text-to-image"], body)) for _ in range(2))

    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "JPEG"),
        ("image/jpeg", "JPEG"),
        ("image/png", "PNG"),
        ("image/webp,image/png;q=0.5", "WEBP"),
        ("image/bmp;q=0.1, image/tiff", "TIFF"),
        ("image/bmp", "BMP"),
        ("image/avif", "JPEG"),
    ],
)
def test_the_accept_header_chooses_the_kind_of_file(urls, accept, kind):
    body = {"inputs": "a cat", "parameters": {"num_inference_steps": 1}}

    answer = ask(urls["text-to-image"], body, accept)

    assert Image.open(io.BytesIO(answer.content)).format == kind
    assert answer.headers["content-type"] == f"image/{kind.lower()}"


def test_an_image_is_redrawn_pixel_for_pixel_as_diffusers_redraws_it(urls, folder):
    wished = {"prompt": "a dog", "strength": 0.7, "num_inference_steps": 4, "guidance_scale": 3.0}
    body = {"inputs": base64.b64encode(PNG).decode(), "parameters": {**wished, "seed": 7}}

    drawn = seen(ask(urls["image-to-image"], body))

    expected = own(folder, diffusers.StableDiffusionImg2ImgPipeline, image=PICTURE, **wished)
    assert np.array_equal(drawn, expected)


def test_the_target_size_is_that_of_the_answer(urls):
    wished = {"num_inference_steps": 2, "target_size": {"width": 40, "height": 32}}
    body = {"inputs": base64.b64encode(PNG).decode(), "parameters": wished}

    assert seen(ask(urls["image-to-image"], body)).shape == (32, 40, 3)


def test_an_image_may_come_as_it_is_and_of_any_size(urls):
    small = tiny_images.file(tiny_images.picture(33, 21))

    assert seen(ask(urls["image-to-image"], small)).shape == (16, 32, 3)


def test_the_official_client_draws_and_redraws(urls):
    drawn = InferenceClient(model=urls["text-to-image"]).text_to_image(
        "a cat", num_inference_steps=2, guidance_scale=3.0, negative_prompt="fog", width=32, height=32, seed=1
    )
    redrawn = InferenceClient(model=urls["image-to-image"]).image_to_image(
        PNG, prompt="a dog", num_inference_steps=2, target_size={"width": 48, "height": 48}
    )

    assert (drawn.format, drawn.size) == ("PNG", (32, 32))
    assert (redrawn.format, redrawn.size) == ("PNG", (48, 48))


BAD_PARAMETERS = {
    "steps": ("num_inference_steps", 0),
    "too many steps": ("num_inference_steps", 10_000),
    "a width that is no multiple of 8": ("width", 63),
    "too large a height": ("height", 8192),
    "too large a scale": ("guidance_scale", 1e9),
    "a negative seed": ("seed", -1),
    "a scheduler that does not exist": ("scheduler", "Pickle"),
    "an unknown parameter": ("cheese", 1),
}


@pytest.mark.parametrize(("name", "value"), BAD_PARAMETERS.values(), ids=BAD_PARAMETERS.keys())
def test_a_bad_parameter_is_refused_and_the_next_request_answered(urls, name, value):
    refused = ask(urls["text-to-image"], {"inputs": "a cat", "parameters": {name: value}})

    assert refused.status_code == 400
    assert refused.json()["error"][0].startswith(f"Error in `parameters.{name}`")
    assert ask(urls["text-to-image"], {"inputs": "a cat", "parameters": FEW}).status_code == 200


BAD_IMAGES = {
    "no image": (b"GIF89a", "inputs"),
    "a text": ({"inputs": "a cat"}, "inputs"),
    "a strength that leaves no step": (
        {"inputs": base64.b64encode(PNG).decode(), "parameters": {"num_inference_steps": 2, "strength": 0.1}},
        "parameters.strength",
    ),
    "a single step": (
        {"inputs": base64.b64encode(PNG).decode(), "parameters": {"num_inference_steps": 1}},
        "parameters.num_inference_steps",
    ),
    "half a size": (
        {"inputs": base64.b64encode(PNG).decode(), "parameters": {"target_size": {"width": 64}}},
        "parameters.target_size.height",
    ),
}


@pytest.mark.parametrize(("body", "field"), BAD_IMAGES.values(), ids=BAD_IMAGES.keys())
def test_a_bad_image_is_refused_and_named(urls, body, field):
    refused = ask(urls["image-to-image"], body)

    assert refused.status_code == 400
    assert refused.json()["error"][0].startswith(f"Error in `{field}`")


def close(drawn, expected):
    """Whether the pixels are the same, but for what is rounded otherwise."""
    return drawn.shape == expected.shape and np.abs(drawn.astype(int) - expected).max() <= 2


def test_an_exported_pipeline_draws_the_same(exported, folder):
    wished = {"num_inference_steps": 3, "width": 48, "height": 32, "negative_prompt": "fog"}

    drawn = seen(ask(exported["text-to-image"], {"inputs": "a cat", "parameters": {**wished, "seed": 7}}))

    assert close(drawn, own(folder, diffusers.StableDiffusionPipeline, "a cat", **wished))


def test_an_exported_pipeline_redraws_the_same(exported, folder):
    wished = {"prompt": "a dog", "strength": 0.7, "num_inference_steps": 4}
    body = {"inputs": base64.b64encode(PNG).decode(), "parameters": {**wished, "seed": 7}}

    drawn = seen(ask(exported["image-to-image"], body))

    assert close(drawn, own(folder, diffusers.StableDiffusionImg2ImgPipeline, image=PICTURE, **wished))


def test_an_exported_pipeline_takes_another_scheduler_and_refuses_an_unknown_one(exported):
    body = {"inputs": "a cat", "parameters": {**FEW, "scheduler": "EulerDiscreteScheduler"}}
    unknown = {"inputs": "a cat", "parameters": {**FEW, "scheduler": "Pickle"}}

    assert ask(exported["text-to-image"], body).status_code == 200
    assert ask(exported["text-to-image"], unknown).status_code == 400


@pytest.mark.parametrize(("which", "engine"), [("urls", "diffusers"), ("exported", "onnx")])
def test_a_pipeline_tells_what_runs_it(request, which, engine):
    url = request.getfixturevalue(which)["text-to-image"]
    told = httpx2.get(f"{url}/status").json()

    assert (told["task"], told["engine"], told["computeType"]) == ("text-to-image", engine, "cpu")


def test_a_pipeline_that_does_not_export_runs_on_torch_visibly(folder, tmp_path):
    odd = tmp_path / "odd"
    shutil.copytree(folder, odd)
    index = json.loads((odd / "model_index.json").read_text())
    (odd / "model_index.json").write_text(json.dumps({**index, "_class_name": "StableDiffusionPAGPipeline"}))

    manifest = load(odd, tmp_path / "cache").manifest

    assert (manifest.engine, manifest.library) == (Engine.TRANSFORMERS, "diffusers")
    assert "StableDiffusionPAGPipeline" in manifest.fallback


def test_an_image_that_takes_too_long_is_given_up_between_steps(folder):
    weights = Weights(folder, Engine.TRANSFORMERS, Security(), Limits(), threads=2)
    drawing = Drawing.load(Task.TEXT_TO_IMAGE, weights)

    with deadline.until(time.monotonic()), pytest.raises(TooSlow):
        drawing.draw(DrawingParameters(num_inference_steps=100), prompt="a cat")


@pytest.mark.parametrize("engine", ["onnx", "transformers"])
def test_what_a_safety_checker_blacks_out_is_answered_black(tmp_path, cache, engine):
    vision = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 1, "num_attention_heads": 4,
              "image_size": 30, "patch_size": 6, "projection_dim": 32}  # fmt: skip
    checker = StableDiffusionSafetyChecker(transformers.CLIPConfig(vision_config=vision, projection_dim=32))
    torch.nn.init.constant_(checker.concept_embeds_weights, -10.0)  # anything is a concept
    size = {"height": 30, "width": 30}
    eyes = transformers.CLIPImageProcessor(size={"shortest_edge": 30}, crop_size=size)
    folder = tiny_diffusion.stable_diffusion(
        tmp_path / "chaste", safety_checker=checker, feature_extractor=eyes, requires_safety_checker=True
    )

    with live(Service(settings(folder, cache, engine=engine), BuildHere())) as url:
        drawn = seen(ask(url, {"inputs": "a cat", "parameters": FEW}))

    assert not drawn.any()


def test_a_pipeline_in_pickles_is_refused(folder, tmp_path, cache):
    pickled = tmp_path / "pickled"
    (pickled / "unet").mkdir(parents=True)
    (pickled / "model_index.json").write_bytes((folder / "model_index.json").read_bytes())
    (pickled / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"x")

    with pytest.raises(CannotLoad, match=r"found only unet/diffusion_pytorch_model\.bin"):
        load(pickled, cache)


def test_a_pipeline_answers_no_other_task(folder, cache):
    with pytest.raises(CannotLoad, match="models of diffusers are not served for summarization"):
        load(folder, cache, task="summarization")
