"""A classifier's last layer, computed for the one token that its head looks at.

The head takes the first token that the last layer gives, and drops the others. What comes before that, back
to the last attention, treats each token by itself, so the token can be taken there already. Of BERT-base's
work a sixteenth falls away, of DistilBERT's an eighth.
"""

from collections import defaultdict
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx
import onnxruntime
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from tenfold_runtime.conversion import weights

_TOKENS = 1  # the axis of tokens in an activation, which is (sequences, tokens, channels)
_OF_ONE = {"Erf", "FastGelu", "Gelu", "QuickGelu", "Relu", "Tanh"}
_OF_TWO = {"Add", "Div", "Mul", "Sub"}

Constants: TypeAlias = dict[str, TensorProto]


def narrow(graph: Path, narrowed: Path) -> bool:
    """Write the graph with its last layer narrowed; give False, and write nothing, where it cannot be."""
    if weights.beside(graph):
        return False
    model = onnx.load(graph)
    constants = _constants(model.graph)
    takes = [node for node in model.graph.node if _takes_a_token(node, constants)]
    alone = _alone(model.graph, takes[0], constants) if len(takes) == 1 else set()
    if not alone:
        return False
    _take_earlier(model.graph, takes[0], alone, constants)
    onnx.save(model, narrowed)
    return True


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


def _alone(graph: GraphProto, take: NodeProto, constants: Constants) -> set[str]:
    """Give what treats each token by itself, and reaches nothing but the node that takes one.

    Nodes are named by their first output.
    """
    users: dict[str, list[str]] = defaultdict(list)
    for node in graph.node:
        for name in node.input:
            users[name].append(node.output[0])
    for output in graph.output:
        users[output.name].append("")
    found = {take.output[0]}
    for node in reversed(graph.node):
        if found.issuperset(users[node.output[0]]) and _treats_tokens_alone(node, constants):
            found.add(node.output[0])
    return found - {take.output[0]}


def _treats_tokens_alone(node: NodeProto, constants: Constants) -> bool:
    """Whether a node gives, of one token, what it gives of it among others."""
    given = [name for name in node.input if name not in constants]
    match node.op_type:
        case "MatMul":
            return given == [node.input[0]] and len(constants[node.input[1]].dims) == 2
        case "LayerNormalization":
            return given == [node.input[0]] and _axis(node, -1) == -1
        case kind if kind in _OF_TWO:
            return all(len(constants[name].dims) <= 1 for name in node.input if name in constants)
    return node.op_type in _OF_ONE


def _axis(node: NodeProto, default: int) -> int:
    return next((attribute.i for attribute in node.attribute if attribute.name == "axis"), default)


def _take_earlier(graph: GraphProto, take: NodeProto, alone: set[str], constants: Constants) -> None:
    """Take the token of all that these nodes are given, and no more of what they give."""
    index = numpy_helper.to_array(constants[take.input[1]])
    token = numpy_helper.from_array(index, f"{take.output[0]}/token")
    graph.initializer.append(token)
    nodes: list[NodeProto] = []
    taken: dict[str, str] = {}
    for node in graph.node:
        if node.output[0] in alone:
            given = set(node.input) - alone - constants.keys() - taken.keys()
            taken |= {name: f"{name}/taken" for name in given}
            nodes += [_taking(name, taken[name], token.name) for name in sorted(given)]
        names = taken if node.output[0] in alone else {take.output[0]: take.input[0]}
        node.input[:] = [names.get(name, name) for name in node.input]
        nodes.append(node)
    nodes.remove(take)
    del graph.node[:]
    graph.node.extend(nodes)


def _taking(name: str, taken: str, token: str) -> NodeProto:
    return helper.make_node("Gather", [name, token], [taken], name=taken, axis=_TOKENS)
