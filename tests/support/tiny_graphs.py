"""Small ONNX graphs, and their answers."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper

from tenfold_runtime import network

Array = npt.NDArray[np.float32]


def product(path: Path, weights: Array) -> Path:
    """Write a graph that multiplies `x` with weights of shape (channels, outputs)."""
    multiply = helper.make_node("MatMul", ["x", "w"], ["y"], name="product")
    return graph(path, [multiply], ["rows", len(weights)], w=weights)


def graph(path: Path, nodes: list[NodeProto], shape: list[int | str], **constants: Array | list[int]) -> Path:
    """Write a graph from `x`, of a shape, to `y`; constants: by the names that the nodes know them by."""
    made = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(_tensor(value), name) for name, value in constants.items()],
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(made, opset_imports=versions, ir_version=10), path)
    return path


OF_ATTENTION = {"zero": [0], "one": [1], "last": [2], "axes": [1, 2]}


def attention(heads: int, given: str = "y", **more: int) -> list[NodeProto]:
    """Give attention over sequences as long as `x` has no zeros. It takes `w`, `b` and OF_ATTENTION."""
    inputs = ["x", "w", "b", "lengths"]
    return [
        helper.make_node("Slice", ["x", "zero", "one", "last"], ["firsts"]),
        helper.make_node("Abs", ["firsts"], ["sizes"]),
        helper.make_node("Sign", ["sizes"], ["present"]),
        helper.make_node("Cast", ["present"], ["counted"], to=TensorProto.INT32),
        helper.make_node("ReduceSum", ["counted", "axes"], ["lengths"], keepdims=0),
        helper.make_node("Attention", inputs, [given], domain="com.microsoft", num_heads=heads, **more),
    ]


def padded(channels: int, *lengths: int) -> Array:
    """Give sequences of these lengths, padded with zeros on the right."""
    x = np.random.default_rng(2).normal(size=(len(lengths), max(lengths), channels)).astype(np.float32)
    for row, length in enumerate(lengths):
        x[row, length:] = 0
    return x


def _tensor(value: Array | list[int]) -> npt.NDArray[Any]:
    return np.array(value, np.int64 if isinstance(value, list) else np.float32)


def answered(path: Path, x: Array, threads: int = 1) -> Array:
    session = onnxruntime.InferenceSession(path, network.options(threads), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]
