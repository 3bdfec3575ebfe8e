"""A layer of an encoder as one node: which layers it takes over, and that their answers stay the same."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import NodeProto, helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

import tiny_graphs
from tenfold_runtime.conversion import layers, per_token
from tiny_graphs import Array, answered

pytestmark = pytest.mark.usefixtures("target")

CHANNELS, BETWEEN = 64, 112
LAYER = "PerTokenEncoderLayer"


def normal(*shape: int, seed: int) -> Array:
    return 0.2 * np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def constants() -> dict[str, Array]:
    wide, narrow = (CHANNELS, BETWEEN), (BETWEEN, CHANNELS)
    shapes = {
        "w": (CHANNELS, 3 * CHANNELS),
        "b": (3 * CHANNELS,),
        "wo": (CHANNELS, CHANNELS),
        "bo": (CHANNELS,),
    }
    shapes |= {"w1": wide, "b1": (BETWEEN,), "w2": narrow, "b2": (CHANNELS,)}
    shapes |= dict.fromkeys(("gain1", "shift1", "gain2", "shift2"), (CHANNELS,))
    return {name: normal(*shape, seed=seed) for seed, (name, shape) in enumerate(shapes.items())}


def dense(taken: str, given: str, place: str) -> list[NodeProto]:
    return [
        helper.make_node("MatMul", [taken, f"w{place}"], [f"{given}_product"], name=f"product{place}"),
        helper.make_node("Add", [f"{given}_product", f"b{place}"], [given]),
    ]


def normalized(taken: str, residual: str, given: str, place: int) -> list[NodeProto]:
    norm = [f"{given}_sum", f"gain{place}", f"shift{place}"]
    return [
        helper.make_node("Add", [taken, residual], [norm[0]]),
        helper.make_node("LayerNormalization", norm, [given], epsilon=place * 1e-6),
    ]


def encoder(path: Path, activation: str = "Gelu", *more: NodeProto, gives: str = "y") -> Path:
    """Write a graph with one layer, which gives `gives`, and with more nodes after it."""
    domain = "com.microsoft" if activation == "Gelu" else ""
    steps = [
        *tiny_graphs.attention(2, "context"),
        *dense("context", "out", "o"),
        *normalized("out", "x", "middle", 1),
        *dense("middle", "wide", "1"),
        helper.make_node(activation, ["wide"], ["active"], domain=domain),
        *dense("active", "narrow", "2"),
        *normalized("narrow", "middle", gives, 2),
        *more,
    ]
    shape = ["rows", "tokens", CHANNELS]
    return tiny_graphs.graph(path, steps, shape, **constants(), **tiny_graphs.OF_ATTENTION)


def quantized(graph: Path) -> Path:
    per_token.write(graph, graph.with_name("quantized.onnx"))
    return graph.with_name("quantized.onnx")


def nodes(graph: Path) -> list[str]:
    return [node.op_type for node in onnx.load(graph).graph.node]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("lengths", [(1,), (10,), (5, 3), (16, 17, 2), (90,) * 12], ids=len)
def test_a_layer_gives_what_its_nodes_gave(tmp_path, monkeypatch, lengths, threads):
    x = tiny_graphs.padded(CHANNELS, *lengths)
    joined = answered(quantized(encoder(tmp_path / "exact.onnx")), x, threads)
    monkeypatch.setattr(layers, "join", lambda graph: None)

    apart = answered(quantized(encoder(tmp_path / "exact.onnx")), x, threads)

    assert np.array_equal(joined, apart)


def test_a_layer_becomes_one_node(tmp_path):
    graph = quantized(encoder(tmp_path / "exact.onnx"))

    assert nodes(graph)[-2:] == ["ReduceSum", LAYER]


def test_layers_may_follow_each_other(tmp_path):
    graph = encoder(tmp_path / "exact.onnx", "Gelu", *tiny_graphs.attention(2)[-1:], gives="x2")
    model = onnx.load(graph)
    first = [node for node in model.graph.node if node.op_type == "Attention"]
    first[1].input[0] = "x2"
    onnx.save(model, graph)

    assert nodes(quantized(graph))[-3:] == [LAYER, "PerTokenQuantizeMatMul", "PaddedAttention"]


def test_a_layer_with_another_activation_stays_apart(tmp_path):
    assert LAYER not in nodes(quantized(encoder(tmp_path / "exact.onnx", "Relu")))


@pytest.mark.parametrize("value", ["context", "middle", "active"])
def test_a_layer_whose_inside_others_take_stays_apart(tmp_path, value):
    taker = helper.make_node("ReduceSum", [value], ["more"], keepdims=0)
    graph = encoder(
        tmp_path / "exact.onnx", "Gelu", taker, helper.make_node("Add", ["z", "more"], ["y"]), gives="z"
    )

    assert LAYER not in nodes(quantized(graph))


def test_no_tokens_are_no_answer(tmp_path):
    graph = quantized(encoder(tmp_path / "exact.onnx"))

    assert answered(graph, np.zeros((1, 0, CHANNELS), np.float32)).shape == (1, 0, CHANNELS)


@pytest.mark.parametrize(
    ("constant", "shape", "why"),
    [
        ("gain2", (8,), "gain and shift must have one element"),
        ("w1/packed", (8,), "weights do not fit"),
        ("wo/scales", (8,), "one element for each column"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, constant, shape, why):
    graph = quantized(encoder(tmp_path / "exact.onnx"))
    model = onnx.load(graph)
    for one in model.graph.initializer:
        if one.name == constant:
            dtype = np.int8 if one.data_type == onnx.TensorProto.INT8 else np.float32
            one.CopyFrom(onnx.numpy_helper.from_array(np.ones(shape, dtype), one.name))
    onnx.save(model, graph)

    with pytest.raises(InvalidArgument, match=why):
        answered(graph, tiny_graphs.padded(CHANNELS, 3))
