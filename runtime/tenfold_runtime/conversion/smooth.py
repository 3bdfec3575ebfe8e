"""Graphs made ready for int8: outliers move from activations into weights, channel by channel.

An activation is quantized with one scale for all its channels, so a single large channel costs all others
their precision. Dividing each channel by a factor and multiplying its row of the weights by the same factor
changes nothing in exact arithmetic and evens the channels out (SmoothQuant, Xiao et al. 2022, equation 4).
"""

from collections import Counter
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

# The constants, by their place among a node's inputs, whose last columns scale the channels that the node
# gives: a layer norm's scale and bias, and the part of attention's weights and biases that makes the values.
_SCALING = {"LayerNormalization": (1, 2), "SimplifiedLayerNormalization": (1,), "Attention": (1, 2)}


def smooth(graph: Path, smoothed: Path, peaks: dict[str, Array], strength: float) -> None:
    """Write the graph with its matrix products smoothed.

    What divides a product's input goes into the constants of the node that gives it, where that node gives it
    to nobody else; otherwise a node of its own divides.

    peaks: the largest magnitude of each channel of each product's input, as `activation_peaks` gives them.
    strength: how much of the burden goes to the weights, from 0 to 1.
    """
    model = onnx.load(graph)
    weights = _weights(model)
    sources = _sources(model)
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if _is_product(node, weights):
            divisor = _evened(node, weights, peaks[node.input[0]], strength)
            source = sources.get(node.input[0])
            if source is None or not _absorbed(source, weights, divisor):
                nodes.append(_dividing(node, weights, divisor))
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _keep_used(model, weights)
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


def _sources(model: onnx.ModelProto) -> dict[str, NodeProto]:
    """Give the nodes whose output one other node alone takes, by the output's name."""
    taken = Counter(name for node in model.graph.node for name in node.input)
    taken.update(output.name for output in model.graph.output)
    return {node.output[0]: node for node in model.graph.node if taken[node.output[0]] == 1}


def _evened(node: NodeProto, weights: dict[str, TensorProto], peaks: Array, strength: float) -> Array:
    """Scale the product's weights; give what its input is to be multiplied with, float32 (channels,)."""
    matrix = numpy_helper.to_array(weights[node.input[1]])
    factor = factors(peaks, matrix, strength)
    node.input[1] = _put(weights, f"{node.name}/scaled", matrix * factor[:, None])
    return 1.0 / factor


def _absorbed(source: NodeProto, weights: dict[str, TensorProto], divisor: Array) -> bool:
    """Scale the channels that a node gives by scaling its constants; False where that cannot be done."""
    given = [place for place, name in enumerate(source.input) if name]
    places = [place for place in _SCALING.get(source.op_type, ()) if place in given]
    if not places or any(source.input[place] not in weights for place in places):
        return False
    for place in places:
        constant = numpy_helper.to_array(weights[source.input[place]]).copy()
        constant[..., -len(divisor) :] *= divisor
        source.input[place] = _put(weights, f"{source.output[0]}/{place}/divided", constant)
    return True


def _dividing(node: NodeProto, weights: dict[str, TensorProto], divisor: Array) -> NodeProto:
    """Give a node that scales the product's input."""
    name, evened = _put(weights, f"{node.name}/divisor", divisor), f"{node.name}/evened"
    mul = helper.make_node("Mul", [node.input[0], name], [evened], name=evened)
    node.input[0] = evened
    return mul


def _put(weights: dict[str, TensorProto], name: str, constant: Array) -> str:
    weights[name] = numpy_helper.from_array(constant, name)
    return name


def _keep_used(model: onnx.ModelProto, weights: dict[str, TensorProto]) -> None:
    used = {name for node in model.graph.node for name in node.input}
    kept = [tensor for name, tensor in weights.items() if name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
