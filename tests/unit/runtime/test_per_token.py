"""Products with a scale for each token: what they compute, and what of a graph they take over."""

import platform
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

import tiny_graphs
from tenfold_runtime import operators
from tenfold_runtime.conversion import int8_weights, per_token
from tiny_graphs import Array, answered

ours = pytest.mark.usefixtures("target")


def normal(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def rounded(values: Array, scales: Array) -> Array:
    return np.rint(values / scales)


def expected(x: Array, weights: Array) -> Array:
    """Compute what the operator should, by its definition."""
    levels = operators.target().levels
    scales = int8_weights.scales(weights, operators.target())
    low = np.minimum(x.min(axis=-1, keepdims=True), 0)
    high = np.maximum(x.max(axis=-1, keepdims=True), 0)
    row_scales = (high - low) / levels
    zeros = np.rint(-low / row_scales)
    activations = np.clip(rounded(x, row_scales) + zeros, 0, levels) - zeros
    return activations @ rounded(weights, scales) * row_scales * scales


def quantized(graph: Path) -> Path:
    per_token.write(graph, graph.with_name("quantized.onnx"))
    return graph.with_name("quantized.onnx")


def nodes(graph: Path) -> list[str]:
    return [node.op_type for node in onnx.load(graph).graph.node]


def near(a: Array, b: Array) -> bool:
    """Whether answers are as near as rounding to 7 bits leaves them."""
    return bool(np.abs(a - b).max() < 0.03 * np.abs(b).max())


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="needs Linux on x86-64")
def test_the_operators_are_compiled_wherever_they_can_run():
    assert all(target.library.exists() for target in operators.TARGETS)


@ours
@pytest.mark.parametrize("rows", [*range(1, 18), 100, 700])
@pytest.mark.parametrize(("channels", "columns"), [(16, 8), (48, 10), (384, 100), (1536, 3)])
def test_a_product_is_what_its_definition_says(tmp_path, rows, channels, columns):
    weights, x = normal(channels, columns), normal(rows, channels, seed=1)

    answer = answered(quantized(tiny_graphs.product(tmp_path / "exact.onnx", weights)), x, threads=2)

    off = np.abs(answer - expected(x, weights))
    assert off.mean() < 1e-3  # where a half was rounded the other way, an answer is off by a step
    assert off.max() < 0.3


@ours
def test_the_largest_sums_fit_their_bits(tmp_path):
    weights = np.full((64, 8), -1.0, dtype=np.float32)
    weights[::2, 4:] = 1.0
    weights[[4 * word + byte for word in range(16) for byte in (2, 3)], :4] = 1.0
    x = np.ones((3, 64), dtype=np.float32)

    answer = answered(quantized(tiny_graphs.product(tmp_path / "exact.onnx", weights)), x)

    assert np.allclose(answer, x @ weights, atol=1e-3)


def test_weights_keep_all_of_8_bits_where_their_neighbours_leave_room():
    weights = np.zeros((16, 1), dtype=np.float32)
    weights[3] = 1.27

    assert int8_weights.scales(weights, operators.AVX2) == pytest.approx(np.array([0.01]))


def test_weights_that_are_added_in_32_bits_keep_all_of_8():
    weights = np.full((16, 1), 1.27, dtype=np.float32)

    assert int8_weights.scales(weights, operators.AVX_VNNI) == pytest.approx(np.array([0.01]))


@ours
def test_what_shares_a_run_does_not_touch_an_answer(tmp_path):
    graph = quantized(tiny_graphs.product(tmp_path / "exact.onnx", normal(64, 24)))
    x, others = normal(1, 64, seed=1), 1000 * normal(40, 64, seed=2)

    assert np.array_equal(answered(graph, np.concatenate([others, x]))[-1:], answered(graph, x))


@ours
def test_no_rows_are_no_answer(tmp_path):
    graph = quantized(tiny_graphs.product(tmp_path / "exact.onnx", normal(16, 8)))

    assert answered(graph, np.zeros((0, 16), np.float32)).shape == (0, 8)


@ours
def test_a_row_of_zeros_gives_the_bias(tmp_path):
    steps = [helper.make_node("MatMul", ["x", "w"], ["xw"]), helper.make_node("Add", ["b", "xw"], ["y"])]
    bias = normal(8, seed=1)
    graph = quantized(
        tiny_graphs.graph(tmp_path / "exact.onnx", steps, ["rows", 16], w=normal(16, 8), b=bias)
    )

    assert np.array_equal(answered(graph, np.zeros((2, 16), np.float32)), [bias, bias])
    assert nodes(graph) == ["PerTokenQuantizeMatMul"]


@ours
def test_a_product_with_turned_weights_and_a_bias_is_taken_over(tmp_path):
    gemm = helper.make_node("Gemm", ["x", "w", "b"], ["y"], transB=1)
    graph = tiny_graphs.graph(
        tmp_path / "exact.onnx", [gemm], ["rows", 32], w=normal(8, 32), b=normal(8, seed=1)
    )
    x = normal(4, 32, seed=2)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@ours
def test_what_evens_the_channels_out_is_taken_over(tmp_path):
    steps = [helper.make_node("Mul", ["x", "f"], ["xf"]), helper.make_node("MatMul", ["xf", "w"], ["y"])]
    factors = np.linspace(0.5, 2, 32).astype(np.float32)
    graph = tiny_graphs.graph(tmp_path / "exact.onnx", steps, ["rows", 32], w=normal(32, 8), f=factors)
    x = normal(4, 32, seed=2)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@ours
def test_a_gelu_is_taken_over(tmp_path):
    steps = [
        helper.make_node("MatMul", ["x", "w"], ["xw"]),
        helper.make_node("Gelu", ["xw"], ["y"], domain="com.microsoft"),
    ]
    graph = tiny_graphs.graph(tmp_path / "exact.onnx", steps, ["rows", 16], w=np.eye(16))
    x = np.linspace(-300, 300, 10 * 16).reshape(10, 16).astype(np.float32)
    x[-1] = np.linspace(-3, 3, 16)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul"]
    assert near(answered(quantized(graph), x)[:-1], answered(graph, x)[:-1])
    assert near(answered(quantized(graph), x)[-1], answered(graph, x)[-1])


def layer(path: Path, *more: onnx.NodeProto, **constants: Array) -> Path:
    """Write a product of x (rows, tokens, 16) with a bias, and what comes after it."""
    steps = [helper.make_node("MatMul", ["x", "w"], ["xw"]), helper.make_node("Add", ["xw", "b"], ["xwb"])]
    weights = {"w": normal(16, 16), "b": normal(16, seed=1)}
    return tiny_graphs.graph(path, [*steps, *more], ["rows", "tokens", 16], **weights, **constants)


NORM = {"gain": normal(16, seed=2), "shift": normal(16, seed=3)}


def norm(taken: str, given: str = "y", **more: float) -> onnx.NodeProto:
    return helper.make_node("LayerNormalization", [taken, "gain", "shift"], [given], **more)


@ours
def test_a_residual_is_taken_over(tmp_path):
    graph = layer(tmp_path / "exact.onnx", helper.make_node("Add", ["x", "xwb"], ["y"]))
    x = normal(3, 5, 16, seed=4)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@ours
@pytest.mark.parametrize("rows", [1, 700], ids=["few", "many"])
def test_a_layer_norm_of_the_sum_is_taken_over(tmp_path, rows):
    add = helper.make_node("Add", ["xwb", "x"], ["sum"])
    graph = layer(tmp_path / "exact.onnx", add, norm("sum", epsilon=0.1), **NORM)
    x = normal(rows, 5, 16, seed=4)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul"]
    assert near(answered(quantized(graph), x, threads=2), answered(graph, x))


@ours
def test_a_sum_that_others_take_too_keeps_its_layer_norm(tmp_path):
    add, again = (
        helper.make_node("Add", taken, given) for taken, given in ((["xwb", "x"], ["s"]), (["s", "n"], ["y"]))
    )
    graph = layer(tmp_path / "exact.onnx", add, norm("s", "n"), again, **NORM)
    x = normal(3, 5, 16, seed=4)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul", "LayerNormalization", "Add"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@ours
@pytest.mark.parametrize(
    "other",
    [
        helper.make_node("ReduceMax", ["x"], ["other"], axes=[0]),
        helper.make_node("Add", ["x", "table"], ["other"]),
    ],
    ids=["smaller", "of a shape that nothing tells"],
)
def test_a_sum_with_what_may_have_another_shape_stays(tmp_path, other):
    graph = layer(
        tmp_path / "exact.onnx", other, helper.make_node("Add", ["xwb", "other"], ["y"]), table=normal(5, 16)
    )
    x = normal(3, 5, 16, seed=4)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul", other.op_type, "Add"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@ours
@pytest.mark.parametrize("axis", [1, -2])
def test_a_layer_norm_over_more_than_the_columns_stays(tmp_path, axis):
    wide = {name: np.ones((5, 16), np.float32) for name in NORM}
    graph = layer(tmp_path / "exact.onnx", norm("xwb", axis=axis), **wide)

    assert nodes(quantized(graph)) == ["PerTokenQuantizeMatMul", "LayerNormalization"]


def branch(name: str, *steps: onnx.NodeProto) -> onnx.GraphProto:
    """Make a branch that takes what the graph around it has, and gives what its last step does."""
    (given,) = steps[-1].output
    return helper.make_graph(steps, name, [], [helper.make_tensor_value_info(given, TensorProto.FLOAT, None)])


def branching(path: Path, **constants: Array) -> Path:
    """Write a graph with the same product in both branches of a choice by x's first number."""
    product = helper.make_node("MatMul", ["x", "w"], ["xw"], name="product")
    otherwise = branch("otherwise", product, helper.make_node("Add", ["xw", "b"], ["sum"]))
    steps = [
        helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
        helper.make_node("Relu", ["most"], ["above"]),
        helper.make_node("Cast", ["above"], ["positive"], to=TensorProto.BOOL),
        helper.make_node(
            "If", ["positive"], ["y"], then_branch=branch("then", product), else_branch=otherwise
        ),
    ]
    return tiny_graphs.graph(path, steps, ["rows", 16], w=normal(16, 8), **constants)


@ours
def test_products_in_branches_share_their_weights(tmp_path):
    graph = branching(tmp_path / "exact.onnx", b=np.zeros(8, np.float32))
    made = onnx.load(quantized(graph)).graph

    branches = [attribute.g for attribute in made.node[-1].attribute]
    assert [[node.op_type for node in one.node] for one in branches] == [["PerTokenQuantizeMatMul"]] * 2
    assert [one.name for one in made.initializer].count("w/packed") == 1


@ours
@pytest.mark.parametrize("sign", [1, -1], ids=["then", "otherwise"])
def test_products_in_branches_that_add_other_numbers_are_kept_apart(tmp_path, sign):
    graph = branching(tmp_path / "exact.onnx", b=normal(8, seed=1))
    x = sign * np.abs(normal(4, 16, seed=2))

    assert near(answered(quantized(graph), x), answered(graph, x))


def attention(path: Path, channels: int, heads: int, **more: int) -> Path:
    steps = tiny_graphs.attention(heads, **more)
    constants = {"w": 0.1 * normal(channels, 3 * channels), "b": normal(3 * channels, seed=1)}
    shape = ["rows", "tokens", channels]
    return tiny_graphs.graph(path, steps, shape, **constants, **tiny_graphs.OF_ATTENTION)


@ours
@pytest.mark.parametrize("lengths", [(1,), (5, 3), (16, 17, 2), (40, 33)])
def test_attention_over_padded_sequences_is_taken_over(tmp_path, lengths):
    graph, x = attention(tmp_path / "exact.onnx", 64, heads=2), tiny_graphs.padded(64, *lengths)

    answers, exact = answered(quantized(graph), x, threads=2), answered(graph, x)

    assert nodes(quantized(graph))[-2:] == ["PerTokenQuantizeMatMul", "PaddedAttention"]
    assert all(near(answers[row, :length], exact[row, :length]) for row, length in enumerate(lengths))


@ours
def test_what_pads_a_sequence_does_not_touch_its_answer(tmp_path):
    graph = quantized(attention(tmp_path / "exact.onnx", 64, heads=2))
    x = tiny_graphs.padded(64, 9, 30)

    assert np.allclose(answered(graph, x)[:1, :9], answered(graph, x[:1, :9]), atol=1e-6)
    assert not answered(graph, x)[0, 9:].any()


@ours
@pytest.mark.parametrize(("heads", "more"), [(8, {}), (2, {"unidirectional": 1})], ids=["narrow", "causal"])
def test_other_attention_stays_with_onnxruntime(tmp_path, heads, more):
    graph, x = attention(tmp_path / "exact.onnx", 64, heads, **more), tiny_graphs.padded(64, 7)

    assert nodes(quantized(graph))[-2:] == ["PerTokenQuantizeMatMul", "MultiHeadAttention"]
    assert near(answered(quantized(graph), x), answered(graph, x))


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Gemm", ["x", "w"], ["y"], alpha=0.5),
        helper.make_node("Gemm", ["x", "w", "x"], ["y"]),
        helper.make_node("MatMul", ["x", "x"], ["y"]),
    ],
    ids=["scaled", "added to what is no constant", "of no constant"],
)
def test_other_products_stay_exact(tmp_path, node):
    graph = tiny_graphs.graph(tmp_path / "exact.onnx", [node], [16, 16], w=normal(16, 16))

    assert nodes(quantized(graph)) == [node.op_type]


def test_products_of_channels_that_fill_no_group_stay_exact(tmp_path):
    assert nodes(quantized(tiny_graphs.product(tmp_path / "exact.onnx", normal(24, 8)))) == ["MatMul"]


@ours
@pytest.mark.parametrize(
    ("channels", "scales", "why"),
    [
        (24, 48, "multiple of 16 channels"),
        (32, 48, "weights do not fit"),
        (16, 4, "one element for each column"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, channels, scales, why):
    graph = quantized(tiny_graphs.product(tmp_path / "exact.onnx", normal(16, 48)))
    model = onnx.load(graph)
    (name,) = [one.name for one in model.graph.initializer if one.name.endswith("/scales")]
    for one in model.graph.initializer:
        if one.name == name:
            one.CopyFrom(onnx.numpy_helper.from_array(np.ones(scales, np.float32), name))
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = channels
    onnx.save(model, graph)

    with pytest.raises(InvalidArgument, match=why):
        answered(graph, normal(1, channels))


@ours
def test_weights_that_are_laid_out_for_another_processor_are_refused(tmp_path):
    graph = quantized(tiny_graphs.product(tmp_path / "exact.onnx", normal(16, 8)))
    model = onnx.load(graph)
    (panel,) = [one for one in model.graph.node[0].attribute if one.name == "panel"]
    panel.i = 9
    onnx.save(model, graph)

    with pytest.raises(Exception, match="laid out for another processor"):
        answered(graph, normal(1, 16))
