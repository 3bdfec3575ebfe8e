"""Attention over a cache in half precision: what it computes, and which decoders it takes over."""

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
import pytest
import transformers
from onnx import TensorProto, helper, numpy_helper

from tenfold_runtime import network
from tenfold_runtime.conversion import cached_attention
from tenfold_runtime.generation.decoder import Decoder
from traced_decoders import GPT2, SMALL, exported

pytestmark = pytest.mark.usefixtures("target")

PLACES = 400


@dataclass(frozen=True)
class Kind:
    """One kind of attention; `turned`: how many channels of a head have rotary positions."""

    heads: int
    kv_heads: int
    size: int
    window: int = 0
    cap: float = 0.0
    turned: int = 0

    @property
    def angles(self):
        return np.outer(np.arange(PLACES), 100.0 ** -np.linspace(0, 1, self.turned // 2))

    def new(self, sequences, tokens, seed=0):
        """Give new tokens' queries, keys and values, float32 (sequences, tokens, heads, size)."""
        random = np.random.default_rng(seed)
        heads = self.heads, self.kv_heads, self.kv_heads
        return [random.normal(size=(sequences, tokens, one, self.size)).astype(np.float32) for one in heads]


KINDS = {
    "gpt2": Kind(12, 12, 64),
    "llama": Kind(8, 2, 64, turned=64),
    "mqa": Kind(7, 1, 128, turned=32),
    "gemma2": Kind(4, 2, 256, window=70, cap=3.0, turned=256),
    "small heads": Kind(3, 3, 16),
    "small window": Kind(6, 3, 80, window=3),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


class Attention:
    """An operator of a kind, and the cache that it adds to."""

    def __init__(self, kind, sequences, capacity):
        self.kind = kind
        self.session = onnxruntime.InferenceSession(
            graph(kind).SerializeToString(), network.options(2), providers=["CPUExecutionProvider"]
        )
        shape = sequences, kind.kv_heads, capacity, kind.size
        self.keys, self.values = np.zeros(shape, np.float16), np.zeros(shape, np.float16)

    def look(self, new, lengths):
        """Add new tokens of sequences that have these lengths then; give what attention gives."""
        binding = self.session.io_binding()
        for name, one in zip("qkv", new, strict=True):
            binding.bind_cpu_input(name, one.reshape(*one.shape[:2], -1))
        binding.bind_cpu_input("last", np.array(lengths, np.int32) - 1)
        for name, cache in (("keys", self.keys), ("values", self.values)):
            binding.bind_input(name, "cpu", 0, cache.dtype, cache.shape, cache.ctypes.data)
            binding.bind_output(f"{name}'", "cpu", 0, cache.dtype, cache.shape, cache.ctypes.data)
        binding.bind_output("y", "cpu")
        self.session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()[-1].reshape(new[0].shape)


def graph(kind):
    def declared(names, type_, shape):
        return [helper.make_tensor_value_info(name, type_, shape) for name in names]

    cache = [None, kind.kv_heads, None, kind.size]
    tables = {"cosines": np.cos(kind.angles), "sines": np.sin(kind.angles)} if kind.turned else {}
    node = helper.make_node(
        "CachedAttention",
        ["q", "k", "v", "keys", "values", "last", *tables],
        ["y", "keys'", "values'"],
        domain="tenfold",
        heads=kind.heads,
        kv_heads=kind.kv_heads,
        window=kind.window,
        scale=kind.size**-0.5,
        cap=kind.cap,
    )
    made = helper.make_graph(
        [node],
        "graph",
        [
            *declared("qkv", TensorProto.FLOAT, [None] * 3),
            *declared(("keys", "values"), TensorProto.FLOAT16, cache),
            *declared(("last",), TensorProto.INT32, [None]),
        ],
        [
            *declared(("keys'", "values'"), TensorProto.FLOAT16, cache),
            *declared("y", TensorProto.FLOAT, [None] * 3),
        ],
        [numpy_helper.from_array(table.astype(np.float32), name) for name, table in tables.items()],
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("tenfold", 1)]
    return helper.make_model(made, opset_imports=versions, ir_version=10)


def expected(kind, queries, keys, values):
    """Compute, by its definition, what new sequences' tokens get: (sequences, tokens, heads, size)."""
    queries, keys = turned(kind, queries), turned(kind, keys).astype(np.float16)
    group = kind.heads // kind.kv_heads
    keys, values = (np.repeat(one, group, axis=2) for one in (keys, values.astype(np.float16)))
    scores = np.einsum("sqhc,skhc->shqk", queries, keys.astype(float)) / kind.size**0.5
    scores = kind.cap * np.tanh(scores / kind.cap) if kind.cap else scores
    away = np.subtract.outer(np.arange(queries.shape[1]), np.arange(keys.shape[1]))
    seen = (away >= 0) & (away < (kind.window or PLACES))
    weights = np.where(seen, np.exp(scores), 0)
    return np.einsum("shqk,skhc->sqhc", weights / weights.sum(-1, keepdims=True), values.astype(float))


def turned(kind, x):
    low, high, rest = np.split(x, [kind.turned // 2, kind.turned], axis=-1)
    cosines, sines = (table(kind.angles[: x.shape[1], None]) for table in (np.cos, np.sin))
    return np.concatenate([low * cosines - high * sines, high * cosines + low * sines, rest], axis=-1)


@kinds
@pytest.mark.parametrize("tokens", [1, 2, 5, 63, 64, 65, 200])
def test_new_sequences_get_what_the_definition_says(kind, tokens):
    new = kind.new(2, tokens)

    answer = Attention(kind, 2, 256).look(new, [tokens, tokens])

    assert np.abs(answer - expected(kind, *new)).max() < 2e-4


@kinds
def test_a_sequence_gets_the_same_part_by_part(kind):
    new, attention = kind.new(1, 150), Attention(kind, 1, 150)

    parts = [
        attention.look([one[:, start:end] for one in new], [end])
        for start, end in ((0, 61), (61, 62), (62, 149), (149, 150))
    ]

    assert np.abs(np.concatenate(parts, axis=1) - expected(kind, *new)).max() < 2e-4


@kinds
def test_sequences_of_all_lengths_take_a_step_together(kind):
    lengths = [3, 70, 1, 129]
    new, attention = kind.new(4, 130), Attention(kind, 4, 130)
    attention.look([one[:, :129] for one in new], lengths)

    steps = [
        np.stack([row[length] for row, length in zip(one, lengths, strict=True)])[:, None] for one in new
    ]
    answer = attention.look(steps, [length + 1 for length in lengths])

    for row, length in enumerate(lengths):
        own = [one[row : row + 1, : length + 1] for one in new]
        assert np.abs(answer[row] - expected(kind, *own)[0, -1]).max() < 2e-4


@kinds
def test_what_fills_a_sequence_up_gives_zeros_and_is_not_kept(kind):
    new, attention = kind.new(2, 9), Attention(kind, 2, 16)

    answer = attention.look(new, [9, 4])

    assert not answer[1, 4:].any()
    assert not attention.keys[1, :, 4:].any()


def test_numbers_too_large_for_half_precision_become_its_largest():
    new, attention = Kind(1, 1, 16).new(1, 3), Attention(Kind(1, 1, 16), 1, 4)
    new[2][0, 1] = 1e9

    answer = attention.look(new, [3])

    assert attention.values[0, 0, 1].tolist() == [65504.0] * 16
    assert np.isfinite(answer).all()


def test_a_cache_that_lies_elsewhere_is_copied_first():
    kind = Kind(1, 1, 16)
    new, attention = kind.new(1, 2), Attention(kind, 1, 8)
    names = dict(zip("qkv", (one.reshape(1, 2, 16) for one in new), strict=True))
    attention.keys[0, 0, 0] = 5

    keys, *_ = attention.session.run(
        None, {**names, "keys": attention.keys, "values": attention.values, "last": np.array([2], np.int32)}
    )

    assert keys[0, 0, 0].tolist() == [5.0] * 16
    assert keys[0, 0, 1:3] == pytest.approx(new[1][0, :, 0], abs=2e-3)


@pytest.mark.parametrize(
    ("lengths", "why"), [([9], "last must be"), ([0], "last must be"), ([1, 1], "each seq")]
)
def test_lengths_that_do_not_fit_are_refused(lengths, why):
    kind = Kind(1, 1, 16)

    with pytest.raises(RuntimeError, match=why):
        Attention(kind, 1, 8).look(kind.new(1, 1), lengths)


def test_queries_of_other_heads_are_refused():
    with pytest.raises(RuntimeError, match="queries must have the channels of all heads"):
        Attention(Kind(2, 1, 16), 1, 8).look(Kind(3, 1, 16).new(1, 1), [1])


DECODERS = {
    "gpt2": GPT2,
    "llama": transformers.LlamaConfig(**SMALL),
    "mistral": transformers.MistralConfig(**SMALL, sliding_window=8),
    "gemma2": transformers.Gemma2Config(**SMALL, head_dim=32, query_pre_attn_scalar=16, sliding_window=8),
    "gemma3": transformers.Gemma3TextConfig(**SMALL, head_dim=16, query_pre_attn_scalar=16),
}


def answers(graph):
    """Give what a decoder says of the tokens of two prompts, and of one more of each."""
    decoder = Decoder(graph, threads=2, rows=2, most_tokens=64)
    ids, counts = np.arange(40).reshape(2, 20), np.array([20, 5])
    prompts = decoder.run(0, ids, counts, counts, np.arange(25)).values
    step = decoder.run(0, np.array([[3], [4]]), np.ones(2, np.int64), counts + 1, np.arange(2)).values
    return np.concatenate([prompts, step])


@pytest.mark.parametrize("config", DECODERS.values(), ids=DECODERS.keys())
def test_a_decoder_answers_as_before(config, tmp_path):
    path = exported(config, tmp_path)
    before = answers(path)

    cached_attention.take_over(path)

    kinds = [node.op_type for node in onnx.load(path, load_external_data=False).graph.node]
    assert kinds.count("CachedAttention") == 2
    assert np.abs(answers(path) - before).max() < 5e-3 * np.abs(before).max()


def test_a_decoders_cache_takes_half_of_the_memory(tmp_path):
    path = exported(DECODERS["llama"], tmp_path)
    before = Decoder(path, 1, 1, 8).cache.shape.token_bytes

    cached_attention.take_over(path)

    assert 2 * Decoder(path, 1, 1, 8).cache.shape.token_bytes == before


def test_heads_that_the_operator_does_not_take_are_left(tmp_path):
    path = exported(transformers.LlamaConfig(**{**SMALL, "hidden_size": 96}), tmp_path)
    before = path.read_bytes()

    cached_attention.take_over(path)

    assert path.read_bytes() == before
