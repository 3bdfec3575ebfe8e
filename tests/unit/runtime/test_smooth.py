"""Smoothing evens the channels out and changes no answer."""

import numpy as np
import onnx
import pytest

import tiny_graphs
from tenfold_runtime.conversion import smooth
from tiny_graphs import answered


@pytest.fixture
def product(tmp_path):
    """A graph with one product, whose input has a channel of outliers."""
    weights = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    return tiny_graphs.product(tmp_path / "product.onnx", weights)


PEAKS = np.array([100.0, 1.0, 1.0, 0.5], dtype=np.float32)


def test_a_smoothed_graph_gives_the_same_answers(product, tmp_path):
    x = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32) * PEAKS

    smooth.smooth(product, tmp_path / "smoothed.onnx", {"x": PEAKS}, 0.7)

    assert np.allclose(answered(tmp_path / "smoothed.onnx", x), answered(product, x), rtol=1e-4, atol=1e-4)


def test_the_exact_weights_are_not_kept_beside_the_scaled_ones(product, tmp_path):
    smooth.smooth(product, tmp_path / "smoothed.onnx", {"x": PEAKS}, 0.7)

    names = {tensor.name for tensor in onnx.load(tmp_path / "smoothed.onnx").graph.initializer}
    assert names == {"product/divisor", "product/scaled"}


def test_factors_shrink_the_channel_with_the_outliers():
    weights = np.ones((4, 3), dtype=np.float32)

    evened = PEAKS / smooth.factors(PEAKS, weights, 0.7)

    assert evened.max() / evened.min() < PEAKS.max() / PEAKS.min() / 4


def test_factors_keep_the_overall_scale():
    weights = np.ones((4, 3), dtype=np.float32)

    assert np.prod(smooth.factors(PEAKS, weights, 0.7)) == pytest.approx(1.0, rel=1e-4)
