"""Decoders whose attention is `CachedAttention`, with a cache in half precision.

It takes the place of ONNX Runtime's `GroupQueryAttention`, is faster, and its cache takes half of the memory.
docs/decisions/0025 tells more.
"""

from pathlib import Path

import onnx
from onnx import GraphProto, NodeProto, TensorProto, helper

from tenfold_runtime import operators
from tenfold_runtime.conversion import weights
from tenfold_runtime.conversion.links import Links, attributes
from tenfold_runtime.generation.decoder import TOTAL

_REPLACED = "GroupQueryAttention"
_TOTAL, _TABLES = 6, 7  # places among its inputs: what is left out, and the first of what turns

# As cached_attention.h has them.
_CHANNELS, _MOST_CHANNELS = 16, 256


def take_over(graph: Path) -> None:
    """Rewrite a decoder's graph where the operator runs, and can do what all of its attention does."""
    model = weights.load(graph)
    attentions = [node for node in model.graph.node if node.op_type == _REPLACED]
    links = Links(model.graph)
    if (
        not attentions
        or not operators.available()
        or not all(_fits(node, links, model.graph) for node in attentions)
    ):
        return
    for node in attentions:
        node.CopyFrom(_taken_over(node))
    model.graph.input.remove(next(given for given in model.graph.input if given.name == TOTAL))
    for cache in (*model.graph.input, *model.graph.output):
        if cache.name.startswith(("past.", "present.")):
            cache.type.tensor_type.elem_type = TensorProto.FLOAT16
    if operators.DOMAIN not in {opset.domain for opset in model.opset_import}:
        model.opset_import.append(helper.make_opsetid(operators.DOMAIN, 1))
    onnx.save(model, graph)


def _fits(node: NodeProto, links: Links, graph: GraphProto) -> bool:
    """Whether a head has channels that the operator takes, and as many are turned."""
    sizes = [one.type.tensor_type.shape.dim[-1].dim_value for one in graph.input if one.name == node.input[3]]
    turned = [2 * (links.shape(name) or (0, 0))[-1] for name in node.input[_TABLES:]]
    return sizes[0] <= _MOST_CHANNELS and not any(channels % _CHANNELS for channels in sizes + turned)


def _taken_over(node: NodeProto) -> NodeProto:
    asked = attributes(node)
    return helper.make_node(
        "CachedAttention",
        [*node.input[:_TOTAL], *node.input[_TABLES:]],
        node.output,
        name=node.name,
        domain=operators.DOMAIN,
        heads=asked["num_heads"],
        kv_heads=asked["kv_num_heads"],
        window=max(asked["local_window_size"], 0),
        scale=asked["scale"],
        cap=asked["softcap"],
    )
