"""Smaller weights: int8, one scale a channel; activations are quantized as they come."""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from tenfold_api.optimizing import Products
from tenfold_runtime import operators
from tenfold_runtime.conversion import per_token
from tenfold_runtime.conversion.saturation import saturates

# Embedding tables stay exact: looking a row up costs nothing, and rounding it costs most of the drift.
_QUANTIZED = list(per_token.PRODUCTS)

_LARGEST = 127  # of a signed weight; and of two whose products with activations are added in 16 bits

Array = npt.NDArray[np.float32]


def products() -> tuple[Products, ...]:
    """Give the kinds of int8 products that are worth a try on this processor, the fastest first."""
    own = (Products.PER_TOKEN,) if operators.available() else ()
    return (*own, Products.BOUNDED, Products.PLAIN) if saturates() else (*own, Products.PLAIN)


def int8(graph: Path, quantized: Path, kind: Products = Products.PLAIN) -> None:
    """Write the graph with int8 weights in its matrix products.

    Plain ones are unsigned where signed ones would saturate.
    """
    if kind is Products.PER_TOKEN:
        per_token.write(graph, quantized)
    else:
        _dynamic(graph, quantized, bounded=kind is Products.BOUNDED)


def _dynamic(graph: Path, quantized: Path, *, bounded: bool) -> None:
    """Let ONNX Runtime's quantizer write the graph: all activations of a product share a scale."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantizer gives advice on the root logger
    quantize_dynamic(
        graph,
        quantized,
        op_types_to_quantize=_QUANTIZED,
        weight_type=QuantType.QInt8 if bounded or not saturates() else QuantType.QUInt8,
        per_channel=True,
        reduce_range=bounded,
        extra_options={
            "DefaultTensorType": 1,  # float, where nothing tells
            "EnableSubgraph": True,
            "MatMulConstBOnly": True,
        },
    )
    if bounded:
        _refine(graph, quantized)


def _refine(graph: Path, quantized: Path) -> None:
    """Give weights of 7 bits, which saturate nowhere, the finest scales of which that is true."""
    model = onnx.load(quantized)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for exact in onnx.load(graph).graph.initializer:
        rounded, scales = tensors.get(f"{exact.name}_quantized"), tensors.get(f"{exact.name}_scale")
        if rounded is not None and scales is not None and len(exact.dims) == 2:
            weights = numpy_helper.to_array(exact)
            finest = bounded_scales(weights)
            scales.CopyFrom(numpy_helper.from_array(finest, scales.name))
            rounded.CopyFrom(numpy_helper.from_array(np.rint(weights / finest).astype(np.int8), rounded.name))
    onnx.save(model, quantized)


def bounded_scales(weights: Array) -> Array:
    """Give a scale for each output of a product, float32 (outputs,), that bounds the sums of neighbours.

    A processor that saturates adds the products of an input's channel and of the next, from even ones on. The
    largest activation is 255, so two rounded weights may come to 128 together: 255 x 128 fits 16 bits.

    weights: float32 (channels, outputs).
    """
    even = np.abs(np.pad(weights, ((0, len(weights) % 2), (0, 0))))
    pairs = (even[0::2] + even[1::2]).max(axis=0)
    finest: Array = (np.maximum(pairs, 1e-12) / _LARGEST).astype(np.float32)
    return finest


def blocks(graph: Path, quantized: Path, bits: int, size: int) -> None:
    """Write the graph with weights of 4 or 8 bits, one scale for every `size` of them.

    The products run on int8 activations, which have scales of their own for each row and block.
    """
    logging.getLogger().setLevel(logging.ERROR)
    quantizer = MatMulNBitsQuantizer(
        onnx.load(graph), bits=bits, block_size=size, is_symmetric=True, accuracy_level=4
    )
    quantizer.process()
    quantizer.model.save_model_to_file(str(quantized), use_external_data_format=False)
