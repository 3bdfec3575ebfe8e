"""The last layer, computed for no other tokens than those that the head looks at.

A classifier's head takes the first token that the last layer gives; a decoder's takes the tokens whose logits
are wanted, which is the last one of a prompt. What comes before that, back to the last attention, treats each
token by itself, so they can be taken there already. Of BERT-base's work a sixteenth falls away, of
DistilBERT's an eighth, and of GPT-2's work on a prompt a sixteenth.
"""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from tenfold_runtime.conversion import weights
from tenfold_runtime.conversion.links import Links, attributes, drop_unused
from tenfold_runtime.generation.decoder import WANTED

_TOKENS = 1  # the axis of tokens in an activation, which is (sequences, tokens, channels)
_OF_ONE = {"Cast", "Erf", "FastGelu", "Gelu", "QuickGelu", "Reciprocal", "Relu", "Sigmoid", "Sqrt", "Tanh"}
_OF_TWO = {"Add", "Div", "Mul", "Pow", "Sub"}

Constants: TypeAlias = dict[str, TensorProto]
Taking: TypeAlias = Callable[[str, str], list[NodeProto]]
"""Gives the nodes that take tokens of an activation, by its name and that of what they give."""


def narrow(graph: Path, narrowed: Path) -> bool:
    """Write the graph with its last layer narrowed; give False, and write nothing, where it cannot be."""
    if weights.beside(graph):
        return False
    model = onnx.load(graph)
    constants = _constants(model.graph)
    takes = [node for node in model.graph.node if _takes_a_token(node, constants)]
    if len(takes) != 1:
        return False
    (take,) = takes
    alone = _alone(model.graph, {take.output[0]}, constants)
    if not alone:
        return False
    index = numpy_helper.to_array(constants[take.input[1]])
    token = numpy_helper.from_array(index, f"{take.output[0]}/token")
    model.graph.initializer.append(token)

    def taking(name: str, taken: str) -> list[NodeProto]:
        return [helper.make_node("Gather", [name, token.name], [taken], name=taken, axis=_TOKENS)]

    _take_earlier(model.graph, (take.input[0], take.output[0]), alone, constants, taking)
    onnx.save(model, narrowed)
    return True


def narrow_decoder(graph: GraphProto) -> None:
    """Narrow a decoder's last layer, where it can be. Its weights' values are not looked at.

    What is taken of an activation, (rows, tokens, channels), is (wanted, channels).
    """
    constants, links = _constants(graph), Links(graph)
    (take,) = (node for node in graph.node if node.op_type == "Gather" and node.input[1] == WANTED)
    whole, reshapes = take.input[0], set[str]()
    while (maker := links.maker(whole)) is not None and maker.op_type == "Reshape":
        reshapes.add(whole)
        whole = maker.input[0]
    alone = _alone(graph, {take.output[0], *reshapes}, constants)
    if alone:
        _take_earlier(graph, (whole, take.output[0]), alone, constants, _taking_wanted)
        drop_unused(graph)


def _taking_wanted(name: str, taken: str) -> list[NodeProto]:
    flat = f"{name}/flat"
    return [
        helper.make_node("Flatten", [name], [flat], name=flat, axis=-1),
        helper.make_node("Gather", [flat, WANTED], [taken], name=taken, axis=0),
    ]


def alike(graph: Path, other: Path) -> bool:
    """Tell whether two graphs of a text model answer the same."""
    ids = np.arange(16).reshape(2, 8) % 5
    known = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    answers = []
    for path in (graph, other):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        answers.append(session.run(None, {one.name: known[one.name] for one in session.get_inputs()}))
    return all(np.allclose(a, b, rtol=1e-3, atol=1e-3) for a, b in zip(*answers, strict=True))


def _constants(graph: GraphProto) -> Constants:
    """Give the constants by their names."""
    written = {node.output[0]: node.attribute[0].t for node in graph.node if node.op_type == "Constant"}
    return written | {tensor.name: tensor for tensor in graph.initializer}


def _takes_a_token(node: NodeProto, constants: Constants) -> bool:
    """Whether a node gives one token of each sequence, (sequences, channels)."""
    if node.op_type != "Gather" or _axis(node, 0) != _TOKENS or node.input[0] in constants:
        return False
    index = constants.get(node.input[1])
    return index is not None and index.data_type == TensorProto.INT64 and not index.dims


def _alone(graph: GraphProto, takes: set[str], constants: Constants) -> set[str]:
    """Give what treats each token by itself, and reaches nothing but the nodes that take some.

    Nodes are named by their first output.
    """
    users: dict[str, list[str]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node.output[0])
    for output in graph.output:
        users[output.name].append("")
    found = set(takes)
    for node in reversed(graph.node):
        if found.issuperset(users[node.output[0]]) and _treats_tokens_alone(node, constants):
            found.add(node.output[0])
    return found - takes


def _treats_tokens_alone(node: NodeProto, constants: Constants) -> bool:
    """Whether a node gives, of one token, what it gives of it among others."""
    given = [name for name in node.input if name not in constants]
    match node.op_type:
        case "MatMul":
            return given == [node.input[0]] and len(constants[node.input[1]].dims) == 2
        case "LayerNormalization":
            return given == [node.input[0]] and _axis(node, -1) == -1
        case "ReduceMean":
            return given == [node.input[0]] and _is_over_channels(node, constants)
        case kind if kind in _OF_TWO:
            return all(len(constants[name].dims) <= 1 for name in node.input if name in constants)
    return node.op_type in _OF_ONE


def _is_over_channels(mean: NodeProto, constants: Constants) -> bool:
    """Whether a mean is over the channels of each token."""
    options = attributes(mean)
    axes = numpy_helper.to_array(constants[mean.input[1]]).tolist() if len(mean.input) > 1 else []
    return [*axes, *options.get("axes", [])] == [-1] and options.get("keepdims", 1) == 1


def _axis(node: NodeProto, default: int) -> int:
    return int(attributes(node).get("axis", default))


def _take_earlier(
    graph: GraphProto, take: tuple[str, str], alone: set[str], constants: Constants, taking: Taking
) -> None:
    """Take tokens of all that these nodes are given, and no more of what they give.

    take: what tokens were taken of, and the name of those.
    """
    whole, token = take
    nodes: list[NodeProto] = []
    taken: dict[str, str] = {}
    for node in graph.node:
        if node.output[0] == token:
            continue
        if node.output[0] in alone:
            given = set(node.input) - alone - constants.keys() - taken.keys()
            taken |= {name: f"{name}/taken" for name in given}
            nodes += [made for name in sorted(given) for made in taking(name, taken[name])]
        names = taken if node.output[0] in alone else {token: whole}
        node.input[:] = [names.get(name, name) for name in node.input]
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    for value in [value for value in graph.value_info if value.name in alone]:
        graph.value_info.remove(value)  # it has fewer axes now
