"""What fills a run's prompts up to the longest is not multiplied."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

import tiny_graphs
from tenfold_runtime import network
from tenfold_runtime.conversion import padding, per_token
from tiny_graphs import Array

pytestmark = pytest.mark.usefixtures("target")

RANDOM = np.random.default_rng(0)
CONSTANTS = {name: RANDOM.normal(size=16) for name in ("bias", "gain", "shift")}
PRODUCT = (
    helper.make_node("MatMul", ["x", "w"], ["xw"]),
    helper.make_node("Add", ["xw", "bias"], ["product"]),
)
RESIDUAL = helper.make_node("Add", ["product", "x"], ["sum"])
NORM = helper.make_node("LayerNormalization", ["sum", "gain", "shift"], ["y"])
X = RANDOM.normal(size=(3, 4, 16)).astype(np.float32)  # rows, tokens, channels
OWN = [0, 1, 4, 5, 6, 7, 8]  # two of the first row's tokens, all of the second's, one of the third's


def decoder(path: Path, *nodes: onnx.NodeProto) -> Path:
    """Write a quantized graph that takes `wanted`, as a decoder's does."""
    shape = ["rows", "tokens", 16]
    graph = tiny_graphs.graph(path, list(nodes), shape, w=RANDOM.normal(size=(16, 16)), **CONSTANTS)
    model = onnx.load(graph)
    model.graph.input.append(helper.make_tensor_value_info("wanted", TensorProto.INT64, ["wanted"]))
    onnx.save(model, graph)
    per_token.write(graph, path.with_name("quantized.onnx"))
    return path.with_name("quantized.onnx")


def renamed(node: onnx.NodeProto) -> onnx.NodeProto:
    """Let the graph end with what a node gives."""
    return helper.make_node(node.op_type, node.input, ["y"])


def answered(graph: Path, own: Sequence[int]) -> Array:
    session = onnxruntime.InferenceSession(graph, network.options(2), providers=["CPUExecutionProvider"])
    given = {"x": X, "wanted": np.array([0]), padding.OWN: np.array(own, np.int64)}
    found: Array = session.run(None, given)[0]
    return found


@pytest.mark.parametrize(
    "nodes",
    [(PRODUCT[0], renamed(PRODUCT[1])), (*PRODUCT, renamed(RESIDUAL)), (*PRODUCT, RESIDUAL, NORM)],
    ids=["product", "residual", "norm"],
)
def test_own_tokens_are_answered_as_if_all_were(tmp_path, nodes):
    graph = decoder(tmp_path / "exact.onnx", *nodes)

    answer, whole = (answered(graph, own).reshape(12, 16) for own in (OWN, range(12)))

    assert np.array_equal(answer[OWN], whole[OWN])
    assert not np.delete(answer, OWN, axis=0).any()


def test_a_run_of_nothing_but_padding_gives_zeros(tmp_path):
    graph = decoder(tmp_path / "exact.onnx", *PRODUCT, RESIDUAL, NORM)

    assert not answered(graph, []).any()


@pytest.mark.parametrize("own", [[1, 1], [5, 2], [-1, 2], [3, 12]])
def test_places_that_are_none_are_refused(tmp_path, own):
    graph = decoder(tmp_path / "exact.onnx", *PRODUCT, RESIDUAL, NORM)

    with pytest.raises(InvalidArgument, match="places must be ascending"):
        answered(graph, own)


def test_products_of_the_wanted_tokens_take_all_of_these(tmp_path):
    take = helper.make_node("Gather", ["sum", "wanted"], ["some"])
    last = helper.make_node("MatMul", ["some", "w"], ["y"])
    graph = decoder(tmp_path / "exact.onnx", *PRODUCT, RESIDUAL, take, last)

    first, second = (node for node in onnx.load(graph).graph.node if node.op_type == "PerTokenQuantizeMatMul")

    assert first.input[-1] == padding.OWN
    assert padding.OWN not in second.input
