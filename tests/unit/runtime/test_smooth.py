"""Smoothing evens the channels out and changes no answer."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tenfold_runtime.conversion import smooth


@pytest.fixture
def product(tmp_path):
    """A graph with one product, whose input has a channel of outliers."""
    weights = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], name="product")],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", 4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", 3])],
        [numpy_helper.from_array(weights, "w")],
    )
    path = tmp_path / "product.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)
    return path


def answered(path, x):
    import onnxruntime

    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


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
