"""A decoder's weights in blocks of 4 or 8 bits, one weight at a time."""

from pathlib import Path

import onnx
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantConfig,
    DefaultWeightOnlyQuantizer,
)

from tenfold_runtime.conversion import weights


def blocks(graph: Path, quantized: Path, bits: int, size: int) -> None:
    """Write the graph with weights of 4 or 8 bits, one scale for every `size` of them, one weight at a time.

    The products run on int8 activations, which have scales of their own for each row and block.
    """
    config = DefaultWeightOnlyQuantConfig(block_size=size, is_symmetric=True, bits=bits)
    quantizer = DefaultWeightOnlyQuantizer(config)
    model = weights.load(graph)
    exact = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if _multiplies(node, exact)]
    del model.graph.initializer[:]
    with weights.Writer(quantized) as writer:
        for name in dict.fromkeys(node.input[1] for node in products):
            packed, scales, _ = quantizer.qbits_block_quant(weights.read(exact[name], graph.parent))
            model.graph.initializer.append(writer.add(f"{name}.blocks", packed))
            model.graph.initializer.append(writer.add(f"{name}.scales", scales))
        for node in products:
            node.CopyFrom(_in_blocks(node, list(exact[node.input[1]].dims), bits, size))
        used = {name for node in model.graph.node for name in node.input}
        for name in filter(used.__contains__, exact):
            model.graph.initializer.append(writer.add(name, weights.read(exact[name], graph.parent)))
        writer.finish(model)


def _multiplies(node: onnx.NodeProto, constants: dict[str, onnx.TensorProto]) -> bool:
    """Whether a node multiplies an activation with a constant matrix."""
    return node.op_type == "MatMul" and node.input[1] in constants and len(constants[node.input[1]].dims) == 2


def _in_blocks(node: onnx.NodeProto, shape: list[int], bits: int, size: int) -> onnx.NodeProto:
    activation, weight = node.input
    return onnx.helper.make_node(
        "MatMulNBits",
        [activation, f"{weight}.blocks", f"{weight}.scales"],
        list(node.output),
        node.name,
        domain="com.microsoft",
        K=shape[0],
        N=shape[1],
        bits=bits,
        block_size=size,
        accuracy_level=4,
    )
