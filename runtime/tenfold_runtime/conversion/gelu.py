"""GELU by the hyperbolic tangent, in graphs whose weights are rounded anyway."""

from pathlib import Path

import onnx


def approximate(graph: Path) -> None:
    """Put the approximation of Hendrycks and Gimpel 2016 in place of each exact GELU.

    It is off by 0.0005 at most, and takes 60% of the time: docs/decisions/0013 has the figures.
    """
    model = onnx.load(graph)
    for node in model.graph.node:
        if node.op_type == "Gelu" and node.domain == "com.microsoft":
            node.op_type = "FastGelu"
    onnx.save(model, graph)
