"""Whether this processor's products of int8 weights are exact.

Without VNNI, ONNX Runtime adds two products of an unsigned activation and a signed weight in 16 bits, where
large ones do not fit: the sum stays at the largest number that does. Its products of two unsigned numbers are
exact.
"""

from functools import cache

import numpy as np
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

_CHANNELS = 32
_LARGEST = 255 * 127  # an activation by a weight


@cache
def saturates() -> bool:
    """Tell whether products of unsigned activations and signed weights go wrong: have one done here."""
    session = onnxruntime.InferenceSession(_product().SerializeToString(), providers=["CPUExecutionProvider"])
    activations = np.full((4, _CHANNELS), 255, dtype=np.uint8)
    return bool((session.run(None, {"x": activations})[0] != _LARGEST * _CHANNELS).any())


def _product() -> ModelProto:
    weights = np.full((_CHANNELS, _CHANNELS), 127, dtype=np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["rows", _CHANNELS])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, ["rows", _CHANNELS])],
        [numpy_helper.from_array(weights, "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
