"""The last layer is computed for the token that the head looks at, and for no other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import NodeProto, helper, numpy_helper

import tiny_graphs
import tiny_models
from served import load
from tenfold_runtime.conversion.narrow import narrow
from tiny_graphs import answered

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 3, 4)).astype(np.float32)  # sequences, tokens, channels

Graph = Callable[..., Path]


def node(kind: str, *names: str, **attributes: Any) -> NodeProto:
    return helper.make_node(kind, list(names[:-1]), [names[-1]], **attributes)


FIRST = helper.make_node("Constant", [], ["first"], value=numpy_helper.from_array(np.array(0)))
# What comes behind attention: a product, what goes around it, and a norm.
LAYER = (
    node("Softmax", "x", "attended", axis=1),
    node("MatMul", "attended", "w", "product"),
    node("Add", "product", "bias", "biased"),
    node("Add", "biased", "x", "summed"),
    node("LayerNormalization", "summed", "scale", "given"),
)
TAKE = node("Gather", "given", "first", "token", axis=1)


@pytest.fixture
def graph(tmp_path) -> Graph:
    def made(*nodes: NodeProto) -> Path:
        constants = {"w": RANDOM.normal(size=(4, 4)), "bias": RANDOM.normal(size=4), "scale": np.ones(4)}
        shape = ["sequences", "tokens", 4]
        return tiny_graphs.graph(tmp_path / "whole.onnx", [FIRST, *nodes], shape, **constants)

    return made


def test_a_narrowed_graph_answers_the_same(graph, tmp_path):
    whole, narrowed = graph(*LAYER, TAKE, node("Tanh", "token", "y")), tmp_path / "narrowed.onnx"

    assert narrow(whole, narrowed)

    assert answered(narrowed, X) == pytest.approx(answered(whole, X), abs=1e-6)


def test_the_token_is_taken_right_behind_what_mixes_tokens(graph, tmp_path):
    narrow(graph(*LAYER, TAKE, node("Tanh", "token", "y")), tmp_path / "narrowed.onnx")

    nodes = onnx.load(tmp_path / "narrowed.onnx").graph.node
    taken = {one.input[0] for one in nodes if one.op_type == "Gather"}
    assert taken == {"attended", "x"}


def test_a_layer_of_which_all_tokens_are_used_stays_whole(graph, tmp_path):
    mean = node("ReduceMean", "given", "mean", axes=[1], keepdims=0)
    whole = graph(*LAYER, TAKE, mean, node("Add", "token", "mean", "y"))

    assert not narrow(whole, tmp_path / "narrowed.onnx")


def test_a_graph_that_gives_all_tokens_stays_whole(graph, tmp_path):
    assert not narrow(graph(*LAYER, node("Tanh", "given", "y")), tmp_path / "narrowed.onnx")


@pytest.mark.parametrize("kind", ["BertForSequenceClassification", "RobertaForSequenceClassification"])
def test_a_converted_classifier_is_narrow(kind, tmp_path):
    load(tiny_models.make(tmp_path / "tiny", kind), tmp_path / "cache")

    (graph,) = (tmp_path / "cache").glob("artifacts/*/*/model.onnx")
    assert any(one.name.endswith("/taken") for one in onnx.load(graph, load_external_data=False).graph.node)
