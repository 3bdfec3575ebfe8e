"""The GELU of rounded graphs is near the exact one."""

import numpy as np
import onnx
from onnx import helper

import tiny_graphs
from tenfold_runtime.conversion import gelu
from tiny_graphs import answered


def test_the_approximation_is_off_by_less_than_a_thousandth(tmp_path):
    node = helper.make_node("Gelu", ["x"], ["y"], domain="com.microsoft")
    graph = tiny_graphs.graph(tmp_path / "gelu.onnx", [node], ["values"])
    x = np.linspace(-6, 6, 1001, dtype=np.float32)
    exact = answered(graph, x)

    gelu.approximate(graph)

    assert [node.op_type for node in onnx.load(graph).graph.node] == ["FastGelu"]
    assert 0 < np.abs(answered(graph, x) - exact).max() < 0.001
