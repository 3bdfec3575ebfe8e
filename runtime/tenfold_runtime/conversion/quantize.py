"""Smaller weights: int8, one scale a channel; activations are quantized as they come."""

import logging
from pathlib import Path

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

from tenfold_runtime.conversion.saturation import saturates

# Embedding tables stay exact: looking a row up costs nothing, and rounding it costs most of the drift.
_QUANTIZED = ["MatMul", "Attention", "Gemm"]


def int8(graph: Path, quantized: Path, bits: int = 8) -> None:
    """Write the graph with int8 weights in its matrix products, unsigned where signed ones would saturate.

    bits: 8, or 7, of which signed ones saturate nowhere.
    """
    logging.getLogger().setLevel(logging.ERROR)  # the quantizer gives advice on the root logger
    quantize_dynamic(
        graph,
        quantized,
        op_types_to_quantize=_QUANTIZED,
        weight_type=QuantType.QUInt8 if bits == 8 and saturates() else QuantType.QInt8,
        per_channel=True,
        reduce_range=bits == 7,
        extra_options={
            "DefaultTensorType": 1,  # float, where nothing tells
            "EnableSubgraph": True,
            "MatMulConstBOnly": True,
        },
    )


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
