"""What follows a product in a graph, and can be computed with it: each number is in a register then.

These are a GELU, the sum with a residual, and the sum's layer norm; or the cut into attention's parts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from onnx import NodeProto

from tenfold_runtime.conversion.links import Links, attributes

# As product.h has them.
COLUMNS = 16
OUTPUTS = 3

EPSILON = 1e-5  # of ONNX's layer norm, where a node does not say

# What keeps all axes of its first input but the last.
_KEEPS_AXES = ("Attention", "LayerNormalization", "SimplifiedLayerNormalization", "Gelu", "FastGelu")


@dataclass(frozen=True, slots=True)
class After:
    """What is computed together with a product, after it."""

    outputs: Sequence[str]
    nodes: tuple[NodeProto, ...] = ()
    """The nodes that this replaces."""
    gelu: bool = False
    residual: str = ""
    norm: tuple[str, ...] = ()
    """Gain and shift of the layer norm."""
    epsilon: float = 0.0


def after(links: Links, output: str, x: str, columns: int) -> After:
    """Give what follows a product's output, (…, columns); x is what is multiplied."""
    if split := _split(links, output):
        return After(split.output, (split,))
    found = After([output])
    if gelu := links.next(output, "Gelu", "FastGelu"):
        found = After(gelu.output, (gelu,), gelu=True)
    return found if columns % COLUMNS else _normalized(links, _summed(links, found, x), columns)


def _split(links: Links, output: str) -> NodeProto | None:
    """Give the node that cuts an output into attention's queries, keys and values, all as wide."""
    split = links.next(output, "Split")
    if split is None or not links.next(split.output[0], "GroupQueryAttention"):
        return None
    sizes = links.constant(split.input[1]) if len(split.input) > 1 else None
    if sizes is None or len(sizes) > OUTPUTS or len(set(sizes.tolist())) > 1 or sizes[0] % COLUMNS:
        return None
    return split


def _summed(links: Links, found: After, x: str) -> After:
    """Add the sum with what x was made from, which has the product's shape."""
    (output,) = found.outputs
    add = links.next(output, "Add")
    residual = next((name for name in add.input if name != output), "") if add else ""
    if add is None or residual not in _line(links, x):
        return found
    return replace(found, outputs=add.output, nodes=(*found.nodes, add), residual=residual)


def _line(links: Links, name: str) -> Iterator[str]:
    """Give a name, and those that it was made from of which it kept all axes but the last."""
    yield name
    while (maker := links.maker(name)) is not None and (name := _kept(links, maker)):
        yield name


def _kept(links: Links, node: NodeProto) -> str:
    """Name the input all of whose axes but the last a node keeps; "" where there is none."""
    first: str = node.input[0] if node.input else ""
    if node.op_type in _KEEPS_AXES:
        return first
    if node.op_type == "MatMul":
        return first if _axes(links, node.input[1]) == 2 else ""
    if node.op_type == "GroupQueryAttention":
        split = links.maker(first)
        return split.input[0] if split is not None and split.op_type == "Split" else first
    if node.op_type in ("Add", "Mul"):
        vectors = [name for name in node.input if _axes(links, name) == 1]
        others = [name for name in node.input if name not in vectors]
        return others[0] if vectors and others else ""
    return ""


def _axes(links: Links, name: str) -> int:
    """Count the axes of a constant; 0 where it is none."""
    return len(links.shape(name) or ())


def _normalized(links: Links, found: After, columns: int) -> After:
    """Add the layer norm over the columns."""
    norm = links.next(found.outputs[0], "LayerNormalization")
    if norm is None or attributes(norm).get("axis", -1) != -1:
        return found
    if [links.shape(name) for name in norm.input[1:]] != [(columns,)] * 2:
        return found
    epsilon = attributes(norm).get("epsilon", EPSILON)
    nodes, constants = (*found.nodes, norm), tuple(norm.input[1:])
    return replace(found, outputs=norm.output, nodes=nodes, norm=constants, epsilon=epsilon)
