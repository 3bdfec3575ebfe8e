"""Small weights give nearly the exact answers, on a processor whose signed products saturate too."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

import tiny_graphs
from tenfold_runtime.conversion import quantize
from tenfold_runtime.conversion.saturation import saturates
from tiny_graphs import answered


@pytest.fixture
def product(tmp_path):
    """A graph with one product of large weights."""
    weights = np.random.default_rng(0).choice([-1.0, 1.0], size=(64, 8)).astype(np.float32)
    return tiny_graphs.product(tmp_path / "product.onnx", weights)


def test_int8_weights_answer_as_the_exact_ones_do(product, tmp_path):
    x = np.random.default_rng(1).uniform(0.5, 1.0, size=(4, 64)).astype(np.float32)

    quantize.int8(product, tmp_path / "int8.onnx")

    assert np.allclose(answered(tmp_path / "int8.onnx", x), answered(product, x), atol=0.3)


def test_weights_are_signed_only_where_their_products_are_exact(product, tmp_path):
    quantize.int8(product, tmp_path / "int8.onnx")

    kinds = {tensor.data_type for tensor in onnx.load(tmp_path / "int8.onnx").graph.initializer}
    assert (TensorProto.UINT8 in kinds) == saturates()


def test_signed_weights_of_seven_bits_answer_as_the_exact_ones_do_on_every_processor(product, tmp_path):
    x = np.full((4, 64), 1.0, dtype=np.float32)

    quantize.int8(product, tmp_path / "int7.onnx", bits=7)

    kinds = {tensor.data_type for tensor in onnx.load(tmp_path / "int7.onnx").graph.initializer}
    assert TensorProto.INT8 in kinds
    assert np.allclose(answered(tmp_path / "int7.onnx", x), answered(product, x), atol=0.3)
