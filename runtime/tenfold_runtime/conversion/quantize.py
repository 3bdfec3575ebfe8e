"""Smaller weights: int8, one scale a channel; activations are quantized as they come."""

import logging
from pathlib import Path

from onnxruntime.quantization import QuantType, quantize_dynamic

# Embedding tables stay exact: looking a row up costs nothing, and rounding it costs most of the drift.
_QUANTIZED = ["MatMul", "Attention", "Gemm"]


def int8(graph: Path, quantized: Path) -> None:
    """Write the graph with int8 weights in its matrix products."""
    logging.getLogger().setLevel(logging.ERROR)  # the quantizer gives advice on the root logger
    quantize_dynamic(
        graph,
        quantized,
        op_types_to_quantize=_QUANTIZED,
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": 1, "MatMulConstBOnly": True},  # 1: float, where nothing tells
    )
