"""Who makes and who takes each value of a graph."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy.typing as npt
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper


class Links:
    """A graph's nodes by the names of what they give and take, and its constants.

    A branch of an `If` or a loop's body knows the constants of the graph that it is in.
    """

    def __init__(self, graph: GraphProto, outer: "Links | None" = None) -> None:
        self._outer = outer
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {output: node for node in graph.node for output in node.output}
        self._users = defaultdict[str, list[NodeProto]](list)
        for node in graph.node:
            for name in node.input:
                self._users[name].append(node)
        self._uses = Counter(taken(graph))
        self._uses.update(output.name for output in graph.output)

    def maker(self, name: str) -> NodeProto | None:
        """Give the node that makes a value; None where it is an input or a weight."""
        return self._makers.get(name)

    def is_shared(self, name: str) -> bool:
        """Whether several take a value, the graph's own outputs among them."""
        return self.uses(name) > 1

    def uses(self, name: str) -> int:
        """Count who takes a value."""
        return self._uses[name]

    def users(self, name: str) -> list[NodeProto]:
        """Give the nodes of this graph that take a value, each as often as it does."""
        return self._users[name]

    def next(self, name: str, *kinds: str) -> NodeProto | None:
        """Give the node of one of these kinds that alone takes a value."""
        users = [] if self.is_shared(name) else self.users(name)
        return next((user for user in users if user.op_type in kinds), None)

    def constant(self, name: str) -> npt.NDArray[Any] | None:
        """Give the value of a weight, or of a node that holds one."""
        tensor = self._tensor(name)
        return None if tensor is None else numpy_helper.to_array(tensor)

    def shape(self, name: str) -> tuple[int, ...] | None:
        """Give the shape of a constant."""
        tensor = self._tensor(name)
        return None if tensor is None else tuple(tensor.dims)

    def _tensor(self, name: str) -> TensorProto | None:
        maker = self.maker(name)
        if maker is not None and maker.op_type == "Constant":
            return attributes(maker).get("value")
        if name in self._tensors or self._outer is None:
            return self._tensors.get(name)
        return self._outer._tensor(name)


def taken(graph: GraphProto) -> Iterator[str]:
    """Name what the nodes of a graph take, and those of the graphs within it."""
    for node in graph.node:
        yield from node.input
        for inner in graphs(node):
            yield from taken(inner)


def drop_unused(graph: GraphProto) -> None:
    """Remove nodes that nothing uses, from the end on: they are in the order in which they run."""
    uses = Counter(taken(graph))
    uses.update(output.name for output in graph.output)
    for node in reversed(list(graph.node)):
        if not any(uses[output] for output in node.output):
            uses.subtract(node.input)
            graph.node.remove(node)


def drop_unused_weights(graph: GraphProto) -> None:
    """Remove weights that nothing takes."""
    used = set(taken(graph))
    for place in reversed(range(len(graph.initializer))):
        if graph.initializer[place].name not in used:
            del graph.initializer[place]


def graphs(node: NodeProto) -> list[GraphProto]:
    """Give the branches of an `If`, or the body of a loop."""
    return [attribute.g for attribute in node.attribute if attribute.HasField("g")]


def attributes(node: NodeProto) -> dict[str, Any]:
    """Give a node's attributes by their names."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
