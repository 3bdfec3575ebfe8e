"""Decoders whose products leave out the tokens that fill prompts up to the longest of their run.

A run takes prompts as rows of as many tokens. Attention knows each row's length; products would multiply all.
"""

from onnx import GraphProto, TensorProto, helper

from tenfold_runtime.generation.decoder import OWN, WANTED

_PLACES = 9  # the place of a product's input, as product_operator.c has it


def leave_out(graph: GraphProto) -> None:
    """Let a decoder's products, up to where the wanted tokens are taken, multiply no more than own tokens."""
    if WANTED not in {given.name for given in graph.input}:
        return
    graph.input.append(helper.make_tensor_value_info(OWN, TensorProto.INT64, [OWN]))
    few = {WANTED}
    for node in graph.node:
        if few & set(node.input):
            few.update(node.output)
        elif node.op_type == "PerTokenQuantizeMatMul":
            node.input.extend([""] * (_PLACES - len(node.input)) + [OWN])
