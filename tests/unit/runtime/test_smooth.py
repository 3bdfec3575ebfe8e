"""Smoothing evens the channels out and changes no answer."""

import numpy as np
import onnx
import pytest
from onnx import helper

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


CHANNELS = 4


def written(path, nodes, **constants):
    """Write a graph from `x`, (1, rows, channels), to `y`."""
    return tiny_graphs.graph(path, nodes, [1, "rows", CHANNELS], **constants)


def numbers(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def norm():
    return helper.make_node("LayerNormalization", ["x", "scale", "bias"], ["between"])


def attention():
    inputs = ["x", "scale", "bias"]
    return helper.make_node("Attention", inputs, ["between"], domain="com.microsoft", num_heads=2)


@pytest.mark.parametrize(
    ("source", "scale", "bias"),
    [
        (norm(), numbers(CHANNELS), numbers(CHANNELS)),
        (attention(), numbers(CHANNELS, 3 * CHANNELS), numbers(3 * CHANNELS)),
    ],
)
def test_what_gives_a_product_its_input_scales_it_without_another_node(tmp_path, source, scale, bias):
    product = helper.make_node("MatMul", ["between", "w"], ["y"], name="product")
    constants = {"scale": scale, "bias": bias, "w": numbers(CHANNELS, 3)}
    graph = written(tmp_path / "graph.onnx", [source, product], **constants)
    peaks = {"x": np.ones(CHANNELS, np.float32), "between": PEAKS}
    x = numbers(1, 5, CHANNELS).astype(np.float32)

    smooth.smooth(graph, tmp_path / "smoothed.onnx", peaks, 0.7)

    made = [node.op_type for node in onnx.load(tmp_path / "smoothed.onnx").graph.node]
    assert made[-2:] == [source.op_type, "MatMul"]
    assert np.allclose(answered(tmp_path / "smoothed.onnx", x), answered(graph, x), rtol=1e-4, atol=1e-4)


def test_a_layer_norm_that_others_read_too_stays_as_it_is(tmp_path):
    product = helper.make_node("MatMul", ["between", "w"], ["multiplied"], name="product")
    add = helper.make_node("Add", ["multiplied", "between"], ["y"])
    constants = {"scale": numbers(CHANNELS), "bias": numbers(CHANNELS), "w": numbers(CHANNELS, CHANNELS)}
    graph = written(tmp_path / "graph.onnx", [norm(), product, add], **constants)
    x = numbers(1, 5, CHANNELS).astype(np.float32)

    smooth.smooth(graph, tmp_path / "smoothed.onnx", {"between": PEAKS}, 0.7)

    made = [node.op_type for node in onnx.load(tmp_path / "smoothed.onnx").graph.node]
    assert made == ["LayerNormalization", "Mul", "MatMul", "Add"]
    assert np.allclose(answered(tmp_path / "smoothed.onnx", x), answered(graph, x), rtol=1e-4, atol=1e-4)
