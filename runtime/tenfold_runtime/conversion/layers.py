"""Layers of BERT-like encoders, each as one node: `PerTokenEncoderLayer`.

Its products keep their weights, and what comes out is the same to the last bit: see layer.h.
"""

from dataclasses import dataclass

from onnx import GraphProto, NodeProto, helper

from tenfold_runtime.conversion.links import Links, attributes
from tenfold_runtime.operators import DOMAIN

_PRODUCT, _ATTENTION = "PerTokenQuantizeMatMul", "PaddedAttention"

# A product's inputs, as product_operator.c has them, without the first.
_WEIGHTS = slice(1, 6)
_RESIDUAL = 6
_NORM = slice(7, 9)
_INPUTS = 9


def join(graph: GraphProto) -> None:
    """Put one node in the place of each layer's five."""
    links = Links(graph)
    layers = [layer for node in graph.node if (layer := _layer(links, node)) is not None]
    last = {id(layer.last): layer.node() for layer in layers}
    gone = {id(node) for layer in layers for node in layer.nodes}
    nodes = [last.get(id(node), node) for node in graph.node if id(node) in last or id(node) not in gone]
    del graph.node[:]
    graph.node.extend(nodes)


@dataclass(frozen=True, slots=True)
class _Layer:
    """The nodes of a layer, in the order in which they run."""

    parts: NodeProto
    attention: NodeProto
    context: NodeProto
    wider: NodeProto
    last: NodeProto

    @property
    def products(self) -> tuple[NodeProto, ...]:
        return self.parts, self.context, self.wider, self.last

    @property
    def nodes(self) -> tuple[NodeProto, ...]:
        return self.parts, self.attention, self.context, self.wider, self.last

    def node(self) -> NodeProto:
        weights = [name for product in self.products for name in _inputs(product)[_WEIGHTS]]
        norms = [name for product in (self.context, self.last) for name in _inputs(product)[_NORM]]
        return helper.make_node(
            "PerTokenEncoderLayer",
            [self.parts.input[0], self.attention.input[3], *weights, *norms],
            self.last.output,
            name=f"{self.attention.name}/layer",
            domain=DOMAIN,
            panel=attributes(self.parts)["panel"],
            heads=attributes(self.attention)["heads"],
            between=attributes(self.wider)["columns"],
            epsilon=attributes(self.context)["epsilon"],
            last_epsilon=attributes(self.last)["epsilon"],
        )


def _layer(links: Links, attention: NodeProto) -> _Layer | None:
    """Give the layer that is about a node; None where it is no attention, or no such layer."""
    parts = links.maker(attention.input[0]) if attention.op_type == _ATTENTION else None
    context = links.next(attention.output[0], _PRODUCT)
    if parts is None or context is None or any(map(links.is_shared, parts.output)):
        return None
    wider = _user(links, context.output[0], at=0)
    last = links.next(wider.output[0], _PRODUCT) if wider is not None else None
    if wider is None or last is None or _user(links, context.output[0], at=_RESIDUAL) is not last:
        return None
    found = _Layer(parts, attention, context, wider, last)
    return found if _is_whole(found) and links.uses(context.output[0]) == 2 else None


def _is_whole(layer: _Layer) -> bool:
    """Whether each product is followed by what follows it in such a layer, and by no more."""
    parts, context, wider, last = (_inputs(product) for product in layer.products)
    norms = all(product[_RESIDUAL] and all(product[_NORM]) for product in (context, last))
    plain = not any(parts[_RESIDUAL:] + wider[_RESIDUAL:])
    gelus = [attributes(product)["gelu"] for product in layer.products]
    return norms and plain and context[_RESIDUAL] == parts[0] and gelus == [0, 0, 1, 0]


def _user(links: Links, name: str, at: int) -> NodeProto | None:
    """Give the product that takes a value in one of its places."""
    return next(
        (node for node in links.users(name) if node.op_type == _PRODUCT and _inputs(node)[at] == name), None
    )


def _inputs(product: NodeProto) -> list[str]:
    """Give a product's inputs, "" for those that are left out at the end too."""
    return [*product.input, *[""] * _INPUTS][:_INPUTS]
