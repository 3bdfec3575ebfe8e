"""Every image processor that is accepted feeds the network what transformers' own would."""

import numpy as np
import pytest
import transformers

from tenfold_api.tasks import Task
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.vision.preprocessor import read
from tenfold_runtime.vision.sizes import SIZERS
from tiny_images import picture

SIZES = [(97, 61), (61, 97), (300, 211), (1400, 500), (32, 32)]


def agree(processor: transformers.BaseImageProcessor, folder, size: tuple[int, int]) -> bool:
    processor.save_pretrained(folder)
    expected = processor(picture(*size), return_tensors="np")["pixel_values"][0]
    pixels = read(ModelFolder(folder), Task.IMAGE_CLASSIFICATION)(picture(*size))
    return (
        pixels.dtype == np.float32
        and pixels.shape == expected.shape
        and np.allclose(pixels, expected, atol=1e-5)
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", sorted(SIZERS))
def test_the_input_is_what_transformers_makes_of_the_image(name, size, tmp_path):
    assert agree(getattr(transformers, name)(), tmp_path, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "processor",
    [
        transformers.ViTImageProcessor(size=40, resample=3, do_normalize=False),
        transformers.ViTImageProcessor(do_resize=False),
        transformers.ViTImageProcessor(do_rescale=False),
        transformers.CLIPImageProcessor(size={"height": 50, "width": 70}, crop_size=63, resample=1),
        transformers.CLIPImageProcessor(do_resize=False, crop_size=75),
        transformers.ConvNextImageProcessor(size={"shortest_edge": 384}),
        transformers.ConvNextImageProcessor(size={"shortest_edge": 161}, crop_pct=0.95),
        transformers.DetrImageProcessor(size={"height": 33, "width": 44}),
        transformers.DetrImageProcessor(size={"shortest_edge": 61, "longest_edge": 100}),
        transformers.DPTImageProcessor(size={"height": 70, "width": 70}, keep_aspect_ratio=True),
        transformers.DPTImageProcessor(size={"height": 70, "width": 90}, ensure_multiple_of=14),
        transformers.YolosImageProcessor(size={"shortest_edge": 61, "longest_edge": 100}),
    ],
)
def test_each_setting_is_followed(processor, size, tmp_path):
    assert agree(processor, tmp_path, size)
