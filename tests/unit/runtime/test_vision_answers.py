"""What is made of a vision network's outputs."""

import numpy as np
import torch

from tenfold_runtime.vision.depth import as_shades
from tenfold_runtime.vision.detection import corners
from tenfold_runtime.vision.enlarge import bicubic
from tenfold_runtime.vision.segmentation import contenders, semantic_map


def grid(*shape: int, coarse: int = 6) -> np.ndarray:
    """Numbers that change slowly from place to place, as a network's do."""
    few = torch.randn(1, shape[0], coarse, coarse, generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(few, shape[1:], mode="bicubic")[0].numpy()


def test_the_likeliest_class_of_each_pixel_is_what_torch_finds():
    logits = grid(40, 32, 24) * 4
    enlarged = torch.nn.functional.interpolate(torch.tensor(logits)[None], (700, 330), mode="bilinear")

    shown = semantic_map(logits, (700, 330))

    assert np.mean(shown != enlarged[0].argmax(dim=0).numpy()) < 1e-4


def test_a_class_that_another_exceeds_everywhere_is_no_contender():
    logits = np.stack([np.full((3, 5), value, np.float32) for value in (0.0, 2.0, 1.0)])
    logits[2, 1, 4] = 3.0

    assert contenders(logits).tolist() == [1, 2]


def test_one_column_is_enough():
    assert semantic_map(np.array([[[0.0]], [[1.0]]], np.float32), (2, 3)).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_grid_is_enlarged_and_made_smaller_as_torch_does_it():
    given = grid(1, 24, 32)[0]

    for size in [(100, 77), (24, 32), (9, 50)]:
        wanted = torch.nn.functional.interpolate(torch.tensor(given)[None, None], size, mode="bicubic")
        assert np.allclose(bicubic(given, *size), wanted[0, 0].numpy(), atol=1e-4)


def test_the_same_depth_everywhere_is_black():
    assert as_shades(np.full((2, 2), 7.0, np.float32)).tolist() == [[0, 0], [0, 0]]


def test_a_box_s_corners_are_pixels_cut_towards_zero():
    boxes = np.array([[0.5, 0.5, 1.0, 0.5], [0.0, 0.0, 0.1, 0.1]], np.float32)

    assert corners(boxes, (50, 101)).tolist() == [[0, 12, 101, 37], [-5, -2, 5, 2]]
