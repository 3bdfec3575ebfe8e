"""Embeddings as one node: which graphs begin so, and that the sums stay what they were."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from tenfold_runtime import network, operators
from tenfold_runtime.conversion import embeddings
from tiny_graphs import Array

pytestmark = pytest.mark.usefixtures("target")

WORDS, POSITIONS, CHANNELS = 30, 12, 48
JOINED = ["TokenEmbeddings"]


def table(rows: int, channels: int = CHANNELS) -> Array:
    return np.random.default_rng(rows).normal(size=(rows, channels)).astype(np.float32)


def steps(counted: str = "ids", more: tuple[str, ...] = ("of_kinds",)) -> list[NodeProto]:
    """Give the nodes as exporters write them; counted: what the positions are as many as the tokens of."""
    return [
        helper.make_node("Shape", [counted], ["shape"]),
        helper.make_node("Gather", ["shape", "second"], ["size"]),
        helper.make_node("Unsqueeze", ["size", "zero"], ["end"]),
        helper.make_node("Slice", ["counting", "zero", "end", "one"], ["places"]),
        helper.make_node("Gather", ["words", "ids"], ["of_words"]),
        helper.make_node("Gather", ["positions", "places"], ["of_places"]),
        helper.make_node("Gather", ["kinds_table", "kinds"], ["of_kinds"]),
        *(helper.make_node("Add", [name, "of_words"], [f"with_{name}"]) for name in more),
        helper.make_node("Add", [f"with_{more[0]}" if more else "of_words", "of_places"], ["sum"]),
        helper.make_node("LayerNormalization", ["sum", "gain", "shift"], ["y"], epsilon=1e-4),
    ]


def graph(path: Path, nodes: list[NodeProto], first: int = 0) -> Path:
    constants = {
        "words": table(WORDS),
        "positions": table(POSITIONS),
        "kinds_table": table(2),
        "gain": table(1)[0],
        "shift": table(3)[0],
        "counting": np.arange(first, first + POSITIONS)[None],
        "second": np.array(1),
        "zero": np.array([0]),
        "one": np.array([1]),
    }
    declared = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "tokens"])
        for name in ("ids", "kinds")
    ]
    made = helper.make_graph(
        nodes,
        "graph",
        declared,
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(operators.DOMAIN, 1)]
    onnx.save(helper.make_model(made, opset_imports=versions, ir_version=10), path)
    return path


def joined(path: Path) -> Path:
    model = onnx.load(path)
    embeddings.join(model.graph)
    onnx.save(model, path.with_name("joined.onnx"))
    return path.with_name("joined.onnx")


def nodes(path: Path) -> list[str]:
    return [node.op_type for node in onnx.load(path).graph.node]


def answered(path: Path, ids: npt.NDArray[np.int64], kinds: npt.NDArray[np.int64]) -> Array:
    session = onnxruntime.InferenceSession(path, network.options(2), providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": ids, "kinds": kinds})[0]


@pytest.mark.parametrize("more", [("of_kinds",), ()], ids=["with kinds", "without"])
def test_the_sums_of_what_is_looked_up_stay_the_same(tmp_path, more):
    exact = graph(tmp_path / "exact.onnx", steps(more=more))
    ids = np.random.default_rng(0).integers(WORDS, size=(7, 11))

    assert nodes(joined(exact)) == JOINED
    assert np.allclose(answered(joined(exact), ids, ids % 2), answered(exact, ids, ids % 2), atol=1e-5)


@pytest.mark.parametrize("more", [("of_kinds", "of_places"), ("of_places",)], ids=["in a sum", "twice"])
def test_other_sums_stay(tmp_path, more):
    assert nodes(joined(graph(tmp_path / "exact.onnx", steps(more=more)))) != JOINED


def test_positions_that_begin_elsewhere_stay(tmp_path):
    assert "LayerNormalization" in nodes(joined(graph(tmp_path / "exact.onnx", steps(), first=1)))


def test_a_sum_that_others_take_stays(tmp_path):
    taken = [*steps()[:-1], helper.make_node("LayerNormalization", ["sum", "gain", "shift"], ["n"])]
    taken.append(helper.make_node("Add", ["n", "sum"], ["y"]))

    assert "TokenEmbeddings" not in nodes(joined(graph(tmp_path / "exact.onnx", taken)))


@pytest.mark.parametrize(
    ("ids", "kinds", "why"),
    [
        ([[WORDS]], [[0]], "a row in each table"),
        ([[-1]], [[0]], "a row in each table"),
        ([[1]], [[2]], "a row in each table"),
        ([[1] * (POSITIONS + 1)], [[0] * (POSITIONS + 1)], "more tokens than there are positions"),
        ([[1, 2]], [[0]], "each token must have a kind"),
    ],
)
def test_what_no_table_has_is_refused(tmp_path, ids, kinds, why):
    made = joined(graph(tmp_path / "exact.onnx", steps()))
    model = onnx.load(made)
    for declared, axis in zip(model.graph.input, ("a", "b"), strict=True):
        declared.type.tensor_type.shape.dim[1].dim_param = axis
    onnx.save(model, made)

    with pytest.raises(InvalidArgument, match=why):
        answered(made, np.array(ids), np.array(kinds))
