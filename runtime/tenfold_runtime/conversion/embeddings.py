"""The embeddings of BERT-like encoders as one node: `TokenEmbeddings`. embeddings.h says what it computes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from onnx import GraphProto, NodeProto, helper

from tenfold_runtime.conversion.following import EPSILON
from tenfold_runtime.conversion.links import Links, attributes, drop_unused
from tenfold_runtime.operators import DOMAIN

_CHANNELS = 16  # the operator takes a multiple of them


def join(graph: GraphProto) -> None:
    """Put one node in the place of those that look tokens up, add what they find, and normalize the sum."""
    links, inputs = Links(graph), {declared.name for declared in graph.input}
    for place, node in enumerate(graph.node):
        lookups = list(_lookups(links, node))
        if found := _embeddings(links, lookups, inputs):
            graph.node[place].CopyFrom(_node(node, found))
    drop_unused(graph)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """A table, (rows, channels), and the numbers of the rows that are looked up."""

    table: str
    numbers: str


@dataclass(frozen=True, slots=True)
class _Embeddings:
    words: _Lookup
    positions: _Lookup
    kinds: _Lookup | None


def _lookups(links: Links, norm: NodeProto) -> Iterator[_Lookup | None]:
    """Give what a layer norm takes the sum of; None for what is no lookup in a constant table."""
    if norm.op_type != "LayerNormalization" or attributes(norm).get("axis", -1) != -1:
        return
    waiting = [norm.input[0]]
    while waiting:
        name = waiting.pop()
        maker = None if links.is_shared(name) else links.maker(name)
        if maker is not None and maker.op_type == "Add":
            waiting += maker.input
        else:
            yield _lookup(links, maker)


def _lookup(links: Links, node: NodeProto | None) -> _Lookup | None:
    if node is None or node.op_type != "Gather" or attributes(node).get("axis", 0) != 0:
        return None
    shape = links.shape(node.input[0])
    return _Lookup(*node.input) if shape and len(shape) == 2 and shape[1] % _CHANNELS == 0 else None


def _embeddings(links: Links, lookups: list[_Lookup | None], inputs: set[str]) -> _Embeddings | None:
    """Tell which lookup is which; None where they are others than those of such an encoder."""
    found = [lookup for lookup in lookups if lookup is not None]
    if len(found) < len(lookups) or len({(links.shape(lookup.table) or ())[1:] for lookup in found}) != 1:
        return None
    of_inputs = [lookup for lookup in found if lookup.numbers in inputs]
    places = {lookup.numbers: _counts_tokens_of(links, lookup.numbers) for lookup in found}
    for positions in found:
        words = [lookup for lookup in of_inputs if lookup.numbers == places[positions.numbers]]
        kinds = [lookup for lookup in of_inputs if lookup not in words]
        if len(words) == 1 and len(kinds) < 2 and len(found) == len(kinds) + 2:
            return _Embeddings(words[0], positions, kinds[0] if kinds else None)
    return None


def _counts_tokens_of(links: Links, numbers: str) -> str:
    """Name what numbers count the tokens of, from 0 on; "" where they do something else.

    They are the beginning of a constant that counts, as long as the second axis of what is named.
    """
    cut = links.maker(numbers)
    if cut is None or cut.op_type != "Slice":
        return ""
    counted, start, end, axis, *step = cut.input
    constants = [links.constant(name) for name in (start, axis, *step)]
    all_of_them = links.constant(counted)
    if all_of_them is None or not np.array_equal(all_of_them, [np.arange(all_of_them.shape[-1])]):
        return ""
    if [None if one is None else one.tolist() for one in constants] != [[0], [1], [1]][: len(constants)]:
        return ""
    return _second_size_of(links, end)


def _second_size_of(links: Links, name: str) -> str:
    """Name the value the size of whose second axis this is; "" where it is something else."""
    steps = []
    while (maker := links.maker(name)) is not None and maker.op_type in ("Unsqueeze", "Gather", "Shape"):
        steps.append(maker)
        name = maker.input[0]
    if [step.op_type for step in steps] != ["Unsqueeze", "Gather", "Shape"]:
        return ""
    which = links.constant(steps[1].input[1])
    return name if which is not None and which.tolist() == 1 and not attributes(steps[2]).get("start") else ""


def _node(norm: NodeProto, found: _Embeddings) -> NodeProto:
    kinds = [found.kinds.numbers, found.kinds.table] if found.kinds else []
    return helper.make_node(
        "TokenEmbeddings",
        [found.words.numbers, found.words.table, found.positions.table, *norm.input[1:], *kinds],
        norm.output,
        name=norm.name,
        domain=DOMAIN,
        epsilon=attributes(norm).get("epsilon", EPSILON),
    )
