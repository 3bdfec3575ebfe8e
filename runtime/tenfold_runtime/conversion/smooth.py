"""Graphs made ready for int8: outliers move from activations into weights, channel by channel.

An activation is quantized with one scale for all its channels, so a single large channel costs all others
their precision. Dividing each channel by a factor and multiplying its row of the weights by the same factor
changes nothing in exact arithmetic and evens the channels out (SmoothQuant, Xiao et al. 2022, equation 4).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import NodeProto, TensorProto, helper, numpy_helper
from tokenizers import Encoding

from tenfold_runtime.network import feed

_ALL_INPUTS = ("input_ids", "attention_mask", "token_type_ids")

Array = npt.NDArray[np.float32]


def smooth(graph: Path, smoothed: Path, peaks: dict[str, Array], strength: float) -> None:
    """Write the graph with its matrix products smoothed.

    peaks: the largest magnitude of each channel of each product's input, as `activation_peaks` gives them.
    strength: how much of the burden goes to the weights, from 0 to 1.
    """
    model = onnx.load(graph)
    weights = _weights(model)
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if _is_product(node, weights):
            nodes.append(_evened(model, node, weights, peaks[node.input[0]], strength))
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _drop_unused(model)
    onnx.save(model, smoothed)


def activation_peaks(graph: Path, encodings: Sequence[Encoding]) -> dict[str, Array]:
    """Give the peaks of an encoder's activations on these texts."""
    return peaks(graph, (feed([encoding], _ALL_INPUTS) for encoding in encodings))


def peaks(graph: Path, feeds: Iterable[dict[str, Any]]) -> dict[str, Array]:
    """Give, by name, the largest magnitude of each channel of every product's input, float32 (channels,)."""
    model = onnx.load(graph)
    weights = _weights(model)
    names = sorted({node.input[0] for node in model.graph.node if _is_product(node, weights)})
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names if name not in known
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    inputs = {declared.name for declared in session.get_inputs()}
    found: dict[str, Array] = {}
    for fed in feeds:
        known_inputs = {name: values for name, values in fed.items() if name in inputs}
        for name, values in zip(names, session.run(names, known_inputs), strict=True):
            peak = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
            found[name] = np.maximum(found.get(name, peak), peak)
    return found


def factors(peaks: Array, weights: Array, strength: float) -> Array:
    """Give each channel's factor, float32 (channels,), with a geometric mean of 1.

    peaks: (channels,), the activations' largest magnitudes. weights: (channels, outputs).
    """
    heights = np.maximum(np.abs(weights).max(axis=1), 1e-5)
    raw = np.maximum(peaks, 1e-5) ** strength / heights ** (1.0 - strength)
    scaled: Array = (raw / np.exp(np.log(raw).mean())).astype(np.float32)
    return scaled


def _weights(model: onnx.ModelProto) -> dict[str, TensorProto]:
    return {tensor.name: tensor for tensor in model.graph.initializer}


def _is_product(node: NodeProto, weights: dict[str, TensorProto]) -> bool:
    """Whether a node multiplies an activation with a constant matrix."""
    return node.op_type in {"MatMul", "Attention"} and node.input[1] in weights


def _evened(
    model: onnx.ModelProto, node: NodeProto, weights: dict[str, TensorProto], peaks: Array, strength: float
) -> NodeProto:
    """Scale the product's weights, and give the node that scales its input the other way."""
    matrix = numpy_helper.to_array(weights[node.input[1]])
    factor = factors(peaks, matrix, strength)
    divisor, scaled, evened = (f"{node.name}/{part}" for part in ("divisor", "scaled", "evened"))
    model.graph.initializer.append(numpy_helper.from_array(1.0 / factor, divisor))
    model.graph.initializer.append(numpy_helper.from_array(matrix * factor[:, None], scaled))
    mul = helper.make_node("Mul", [node.input[0], divisor], [evened], name=evened)
    node.input[0], node.input[1] = evened, scaled
    return mul


def _drop_unused(model: onnx.ModelProto) -> None:
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
