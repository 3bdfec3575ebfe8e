"""A traced decoder without the detours between its products and its attention.

A layer cuts its queries, keys and values into heads and turns the axes, and the attention function of ours
turns them back: what comes out is what went in. Most nodes of a traced GPT-2 are of that kind.
"""

from onnx import GraphProto, NodeProto

from tenfold_runtime.conversion.links import drop_unused

_ATTENTION = "GroupQueryAttention"
_HEADS = 3  # queries, keys and values come first
_DETOURS = (["Reshape", "Reshape"], ["Reshape", "Transpose", "Transpose", "Reshape"])


def straighten(graph: GraphProto) -> None:
    """Hand the attention what the products give, and them what it gives. The graph's answers stay the same
    where heads were cut from the last axis of three; whoever calls this looks whether they do."""
    makers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        if node.op_type == _ATTENTION:
            node.input[:_HEADS] = [_uncut(name, makers) for name in node.input[:_HEADS]]
    _rename(graph, {node.output[0]: source for node in graph.node if (source := _whole(node, makers))})
    drop_unused(graph)


def _uncut(name: str, makers: dict[str, NodeProto]) -> str:
    """Give what was cut into heads and flattened again; the name itself where that is not what happened."""
    steps, at = [], name
    while (maker := makers.get(at)) is not None and maker.op_type in {"Reshape", "Transpose"}:
        steps.append(maker.op_type)
        at = maker.input[0]
    return at if steps in _DETOURS else name


def _whole(node: NodeProto, makers: dict[str, NodeProto]) -> str | None:
    """Give the attention's output of which a node flattens the heads; None where it does something else."""
    cut = makers.get(node.input[0]) if node.op_type == "Reshape" else None
    if cut is None or cut.op_type != "Reshape":
        return None
    attention = makers.get(cut.input[0])
    return cut.input[0] if attention is not None and attention.op_type == _ATTENTION else None


def _rename(graph: GraphProto, names: dict[str, str]) -> None:
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
