"""Small weights give nearly the exact answers, on a processor whose signed products saturate too."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import tiny_graphs
from tenfold_api.optimizing import Products
from tenfold_runtime.conversion import quantize
from tenfold_runtime.conversion.saturation import saturates
from tiny_graphs import answered


@pytest.fixture
def product(tmp_path):
    """A graph with one product of large weights."""
    weights = np.random.default_rng(0).choice([-1.0, 1.0], size=(64, 8)).astype(np.float32)
    return tiny_graphs.product(tmp_path / "product.onnx", weights)


def kinds(graph: Path) -> set[int]:
    return {tensor.data_type for tensor in onnx.load(graph).graph.initializer}


def the_weights(graph: Path) -> np.ndarray:
    (rounded,) = [one for one in onnx.load(graph).graph.initializer if one.name.endswith("_quantized")]
    return numpy_helper.to_array(rounded)


def test_int8_weights_answer_as_the_exact_ones_do(product, tmp_path):
    x = np.random.default_rng(1).uniform(0.5, 1.0, size=(4, 64)).astype(np.float32)

    quantize.int8(product, tmp_path / "int8.onnx")

    assert np.allclose(answered(tmp_path / "int8.onnx", x), answered(product, x), atol=0.3)


def test_weights_are_signed_only_where_their_products_are_exact(product, tmp_path):
    quantize.int8(product, tmp_path / "int8.onnx")

    assert (TensorProto.UINT8 in kinds(tmp_path / "int8.onnx")) == saturates()


def test_bounded_weights_are_signed_and_answer_as_the_exact_ones_do_on_every_processor(product, tmp_path):
    x = np.full((4, 64), 1.0, dtype=np.float32)

    quantize.int8(product, tmp_path / "bounded.onnx", Products.BOUNDED)

    assert TensorProto.INT8 in kinds(tmp_path / "bounded.onnx")
    assert np.allclose(answered(tmp_path / "bounded.onnx", x), answered(product, x), atol=0.3)


def test_a_product_with_turned_weights_is_bounded_too(tmp_path):
    weights = np.random.default_rng(3).normal(size=(8, 8)).astype(np.float32)
    gemm = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
    graph = tiny_graphs.graph(tmp_path / "gemm.onnx", [gemm], ["rows", 8], w=weights)
    x = np.random.default_rng(4).normal(size=(4, 8)).astype(np.float32)

    quantize.int8(graph, tmp_path / "bounded.onnx", Products.BOUNDED)

    assert np.allclose(answered(tmp_path / "bounded.onnx", x), answered(graph, x), atol=0.3)


def test_a_large_weight_takes_the_room_that_its_neighbour_leaves():
    weights = np.array([[1.27], [0.0], [0.5], [0.5], [-0.3]], dtype=np.float32)

    assert quantize.bounded_scales(weights) == pytest.approx(np.array([0.01]))


def test_no_two_neighbours_sum_to_more_than_16_bits_hold(tmp_path):
    weights = np.random.default_rng(2).normal(size=(64, 32)).astype(np.float32)
    graph = tiny_graphs.product(tmp_path / "product.onnx", weights)

    quantize.int8(graph, tmp_path / "bounded.onnx", Products.BOUNDED)

    rounded = np.abs(the_weights(tmp_path / "bounded.onnx").astype(int))
    assert 120 < (rounded[0::2] + rounded[1::2]).max() <= 128
    assert rounded.max() > 63  # finer than weights of 7 bits, which saturate nowhere either
