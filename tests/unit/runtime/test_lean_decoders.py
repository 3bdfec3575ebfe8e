"""Decoders are traced without detours around their attention, which turns queries and keys itself."""

import numpy as np
import onnx
import pytest
import transformers

from tenfold_api.optimizing import Products
from tenfold_runtime.conversion import per_token, quantize
from tenfold_runtime.generation.decoder import Decoder
from traced_decoders import GPT2, SMALL, exported

LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
ROTATED = {
    "llama": transformers.LlamaConfig(**SMALL),
    "llama 3": transformers.LlamaConfig(
        **SMALL, rope_scaling={**LLAMA3, "original_max_position_embeddings": 32}
    ),
    "mistral": transformers.MistralConfig(**SMALL, sliding_window=8),
    "qwen3": transformers.Qwen3Config(**SMALL, head_dim=16),
    "gemma2": transformers.Gemma2Config(**SMALL, head_dim=16, query_pre_attn_scalar=16),
    "half of each head": transformers.Phi3Config(
        **{**SMALL, "hidden_size": 128, "pad_token_id": 0}, partial_rotary_factor=0.5
    ),
}
NOT_ROTATED = {
    "angles that depend on the length": transformers.LlamaConfig(
        **SMALL, rope_scaling={"rope_type": "dynamic", "factor": 2.0}
    ),
    "two kinds of layers": transformers.Gemma3TextConfig(**SMALL, head_dim=16, query_pre_attn_scalar=16),
    "heads too small": transformers.LlamaConfig(**{**SMALL, "hidden_size": 32}),
    "no rotary positions": transformers.OPTConfig(
        vocab_size=64, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64,
        word_embed_proj_dim=64, max_position_embeddings=128,
    ),
}  # fmt: skip


def traced(config, out):
    return onnx.load(exported(config, out), load_external_data=False).graph


def attention(graph):
    return next(node for node in graph.node if node.op_type == "GroupQueryAttention")


def rotates(node):
    return next(one.i for one in node.attribute if one.name == "do_rotary") == 1


@pytest.mark.parametrize("config", ROTATED.values(), ids=ROTATED.keys())
def test_attention_turns_queries_and_keys(config, tmp_path):
    graph = traced(config, tmp_path)
    assert rotates(attention(graph))
    assert not any(node.op_type in {"Cos", "Sin"} for node in graph.node)


@pytest.mark.parametrize("config", NOT_ROTATED.values(), ids=NOT_ROTATED.keys())
def test_the_model_turns_them_where_attention_cannot(config, tmp_path):
    assert not rotates(attention(traced(config, tmp_path)))


def test_layers_without_positions_turn_nothing(tmp_path):
    config = transformers.SmolLM3Config(**SMALL, pad_token_id=0, no_rope_layers=[1, 0])
    graph = traced(config, tmp_path)
    layers = [node for node in graph.node if node.op_type == "GroupQueryAttention"]
    assert [rotates(node) for node in layers] == [True, False]


def test_attention_takes_what_the_products_give(tmp_path):
    graph = traced(ROTATED["llama"], tmp_path)
    makers = {output: node.op_type for node in graph.node for output in node.output}
    assert [makers[name] for name in attention(graph).input[:3]] == ["MatMul"] * 3
    assert not any(node.op_type == "Transpose" for node in graph.node)


@pytest.mark.parametrize("kind", ["llama", "qwen3", "gemma2"])
def test_nothing_behind_the_last_attention_is_computed_for_tokens_that_are_not_wanted(kind, tmp_path):
    graph = traced(ROTATED[kind], tmp_path)
    *_, last = (place for place, node in enumerate(graph.node) if node.op_type == "GroupQueryAttention")
    behind = graph.node[last + 1 :]
    assert [node.op_type for node in behind[:2]] == ["Flatten", "Gather"]
    assert sum("wanted" in node.input for node in behind) == 2  # attention's answer, and what goes around it


def test_the_model_is_left_as_it_was(tmp_path):
    module = transformers.models.llama.modeling_llama
    before = module.apply_rotary_pos_emb
    traced(ROTATED["llama"], tmp_path)
    assert module.apply_rotary_pos_emb is before


@pytest.mark.parametrize(
    ("activation", "kind"),
    [
        ("gelu", "Gelu"),
        ("gelu_new", "FastGelu"),
        ("gelu_pytorch_tanh", "FastGelu"),
        ("gelu_fast", "FastGelu"),
    ],
)
def test_a_gelu_is_one_node(activation, kind, tmp_path):
    config = transformers.GPT2Config(**{**GPT2.to_dict(), "activation_function": activation})
    graph = traced(config, tmp_path)
    assert [node.op_type for node in graph.node].count(kind) == GPT2.n_layer
    assert not any(node.op_type in {"Tanh", "Erf"} for node in graph.node)


@pytest.mark.usefixtures("target")
def test_products_take_over_what_follows_them(tmp_path):
    exact, quantized = exported(GPT2, tmp_path), tmp_path / "quantized.onnx"
    per_token.write(exact, quantized)

    kinds = {node.op_type for node in onnx.load(quantized).graph.node}
    first, second = (logits(graph) for graph in (exact, quantized))
    assert not kinds & {"MatMul", "FastGelu", "Split"}
    assert np.abs(first - second).max() < 0.03 * np.abs(first).max()


def test_the_quantizer_knows_the_shapes_of_what_was_narrowed(tmp_path):
    exact, quantized = exported(GPT2, tmp_path), tmp_path / "quantized.onnx"

    quantize.int8(exact, quantized, Products.PLAIN)

    first, second = (logits(graph) for graph in (exact, quantized))
    assert np.abs(first - second).max() < 0.05 * np.abs(first).max()


def logits(graph):
    """Give what a decoder says of the tokens of two prompts, one of which is padded."""
    decoder = Decoder(graph, threads=2, rows=2, most_tokens=64)
    ids, counts = np.arange(16).reshape(2, 8), np.array([8, 5])
    return decoder.run(0, ids, counts, counts, np.arange(13)).values
