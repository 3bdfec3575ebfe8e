"""Graphs whose products run on `PerTokenQuantizeMatMul`: int8 weights, and scales for each token.

What shares a run with a token does not touch its rounding (ZeroQuant, Yao et al. 2022, section 4.2).
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from tenfold_runtime import operators
from tenfold_runtime.conversion import embeddings, layers, padding
from tenfold_runtime.conversion.following import COLUMNS, After, after
from tenfold_runtime.conversion.int8_weights import CHANNELS, Array, filled, packed, scales
from tenfold_runtime.conversion.links import Links, attributes, drop_unused_weights, graphs
from tenfold_runtime.operators import AVX2, DOMAIN, Target

PRODUCTS = ("MatMul", "Attention", "Gemm")  # what multiplies activations, with constants or others

_HEAD_CHANNELS = 16  # as attention.h has it: the channels of a head are a multiple

_MICROSOFT = "com.microsoft"
_PLAIN_GEMM = {"alpha": 1.0, "beta": 1.0, "transA": 0}
_SHARED = {"num_heads", "mask_filter_value", "scale", "unidirectional"}  # by both kinds of attention


def write(graph: Path, quantized: Path) -> None:
    """Write the graph with its products of activations and constants quantized.

    Left exact are products of channels that are no multiple of 16.
    """
    model = onnx.load(graph)
    _Rewriting(model.graph, operators.target() or AVX2).all()
    layers.join(model.graph)
    embeddings.join(model.graph)
    padding.leave_out(model.graph)
    drop_unused_weights(model.graph)
    known = {opset.domain for opset in model.opset_import}
    model.opset_import.extend(
        helper.make_opsetid(domain, 1) for domain in (DOMAIN, _MICROSOFT) if domain not in known
    )
    onnx.save(model, quantized)


class _Rewriting:
    """Replaces the products of a graph and of those within it."""

    def __init__(self, graph: GraphProto, target: Target, outer: "_Rewriting | None" = None) -> None:
        self._graph = graph
        self._target = target
        self._links: Links = Links(graph, outer._links if outer else None)
        self._made: dict[str, TensorProto] = outer._made if outer else {}
        """New weights, which the outermost graph holds: branches share them."""
        self._replaced_too: list[NodeProto] = []

    def all(self) -> None:
        """Replace every product that can be."""
        self._nodes()
        drop_unused_weights(self._graph)
        self._graph.initializer.extend(self._made.values())

    def _nodes(self) -> None:
        for node in self._graph.node:
            for inner in graphs(node):
                _Rewriting(inner, self._target, self)._nodes()
        made = [new for node in self._graph.node for new in self._replaced(node)]
        nodes = [node for node in made if node not in self._replaced_too]
        del self._graph.node[:]
        self._graph.node.extend(nodes)

    def _replaced(self, node: NodeProto) -> list[NodeProto]:
        weights = self._weights(node)
        if weights is None or len(weights) % CHANNELS:
            return [node]
        match node.op_type:
            case "MatMul":
                return [self._with_sum(node, weights)]
            case "Gemm" if self._has_bias(node, weights):
                return [self._followed(node, weights, self._bias(node), node.output[0])]
            case "Attention" if self._has_bias(node, weights) and _is_plain(node, weights):
                return self._with_attention(node, weights)
        return [node]

    def _weights(self, node: NodeProto) -> Array | None:
        """Give the constant matrix that a node multiplies with, (channels, columns)."""
        weights = self._links.constant(node.input[1]) if node.op_type in PRODUCTS else None
        if weights is None or weights.ndim != 2:
            return None
        options = attributes(node)
        if node.op_type != "Gemm":
            return weights
        plain = all(options.get(name, value) == value for name, value in _PLAIN_GEMM.items())
        return (weights.T if options.get("transB") else weights) if plain else None

    def _bias(self, node: NodeProto) -> Array | None:
        return self._links.constant(node.input[2]) if len(node.input) > 2 else None

    def _has_bias(self, node: NodeProto, weights: Array) -> bool:
        """Whether what a node adds is nothing, or a constant for each column."""
        return len(node.input) < 3 or not node.input[2] or _fits(self._bias(node), weights)

    def _with_sum(self, node: NodeProto, weights: Array) -> NodeProto:
        """Replace a product, together with the sum with a constant that follows it."""
        output = node.output[0]
        add = self._links.next(output, "Add")
        bias = self._links.constant(next(name for name in add.input if name != output)) if add else None
        if add is None or not _fits(bias, weights):
            return self._followed(node, weights, None, output)
        self._replaced_too.append(add)
        return self._followed(node, weights, bias, add.output[0])

    def _with_attention(self, node: NodeProto, weights: Array) -> list[NodeProto]:
        """Replace attention by the product that gives queries, keys and values, and what works on these."""
        parts = [f"{node.output[0]}/{part}" for part in ("queries", "keys", "values")]
        attention = self._padded(node, weights, parts) or _general(node, parts)
        return [self._product(node, weights, self._bias(node), After(parts)), attention]

    def _padded(self, node: NodeProto, weights: Array, parts: list[str]) -> NodeProto | None:
        """Give attention over padded sequences; None where the node asks for more, or tells no lengths."""
        options, (mask, _, scores) = attributes(node), _more(node)
        heads, maker = options["num_heads"], self._links.maker(mask)
        plain = not options.get("unidirectional") and not options.get("scale") and not scores
        tells_lengths = maker is not None and maker.op_type == "ReduceSum"
        if not plain or not tells_lengths or weights.shape[1] % (3 * heads * _HEAD_CHANNELS):
            return None
        inputs, name = [*parts, mask], f"{node.name}/attention"
        return helper.make_node("PaddedAttention", inputs, node.output, name=name, domain=DOMAIN, heads=heads)

    def _followed(self, node: NodeProto, weights: Array, bias: Array | None, output: str) -> NodeProto:
        """Replace a product, together with what follows its output."""
        following = after(self._links, output, node.input[0], weights.shape[1])
        self._replaced_too += following.nodes
        return self._product(node, weights, bias, following)

    def _product(self, node: NodeProto, weights: Array, bias: Array | None, following: After) -> NodeProto:
        steps = scales(weights, self._target)
        rounded = np.rint(weights / steps).astype(np.int8)
        constants = {
            "packed": packed(rounded, self._target),
            "scales": filled(steps, self._target),
            "sums": filled(rounded.sum(axis=0, dtype=np.int32), self._target),
            "bias": filled(np.zeros_like(steps) if bias is None else bias, self._target),
        }
        names = [self._put(f"{node.input[1]}/{kind}", constant) for kind, constant in constants.items()]
        x, multipliers = self._evened(node.input[0], len(weights))
        return helper.make_node(
            "PerTokenQuantizeMatMul",
            [x, *names, multipliers, following.residual, *following.norm],
            following.outputs,
            name=node.name or node.output[0],
            domain=DOMAIN,
            panel=self._target.panel,
            columns=weights.shape[1],
            gelu=int(following.gelu),
            epsilon=following.epsilon,
        )

    def _evened(self, x: str, channels: int) -> tuple[str, str]:
        """Give what is multiplied; and the constant, "" for none, that it was multiplied with before."""
        mul = self._links.maker(x)
        if mul is None or mul.op_type != "Mul" or self._links.is_shared(x):
            return x, ""
        if self._links.shape(mul.input[1]) != (channels,):
            return x, ""
        self._replaced_too.append(mul)
        return mul.input[0], mul.input[1]

    def _put(self, name: str, constant: npt.NDArray[Any]) -> str:
        """Keep a weight, once where several nodes have the same; give its name."""
        tensor = numpy_helper.from_array(constant, name)
        while self._made.setdefault(tensor.name, tensor).raw_data != tensor.raw_data:
            tensor.name += "'"
        return str(tensor.name)


def _general(node: NodeProto, parts: list[str]) -> NodeProto:
    """Give ONNX Runtime's attention over queries, keys and values."""
    mask, _, scores = _more(node)
    return helper.make_node(
        "MultiHeadAttention",
        [*parts, "", mask, scores],
        node.output,
        name=f"{node.name}/attention",
        domain=_MICROSOFT,
        **attributes(node),
    )


def _more(attention: NodeProto) -> list[str]:
    """Name attention's mask, its past, and what is added to its scores; "" where there is none."""
    return [*attention.input[3:6], "", "", ""][:3]


def _fits(bias: Array | None, weights: Array) -> bool:
    return bias is not None and bias.shape == weights.shape[1:]


def _is_plain(attention: NodeProto, weights: Array) -> bool:
    """Whether attention has three parts alike, no past, and nothing that the other kind does not know."""
    _, past, _ = _more(attention)
    return weights.shape[1] % (3 * COLUMNS) == 0 and not past and attributes(attention).keys() <= _SHARED
