"""A decoder-only transformers model traced to an ONNX graph whose attention keeps its cache in place.

The model is traced with an attention function of ours, which writes one GroupQueryAttention node, an operator
of ONNX Runtime, where the model would compute scores over a growing cache. So every architecture that takes
its attention from transformers' table exports, rotary positions, grouped heads and sliding windows included.

A lean graph leaves the turning of rotary positions to the operator too (`rotary`), and hands it queries, keys
and values as the layer's products give them (`lean`).
"""

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor, nn
from torch.onnx._internal.torchscript_exporter import utils as exporter
from transformers import Cache
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.pytorch_utils import Conv1D

from tenfold_runtime.conversion import activations, lean, rotary
from tenfold_runtime.generation.decoder import TOTAL, WANTED

_OPSET = 18
_UNROTATED = 7  # inputs of the operator that turns nothing
NAME = "tenfold"


@dataclass
class Trace:
    """What the attention layers of a model that is being traced share."""

    heads: int
    kv_heads: int
    size: int
    past: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    present: dict[int, tuple[Tensor, Tensor]] = field(default_factory=dict)
    last: Tensor | None = None
    total: Tensor | None = None
    tables: tuple[Tensor, ...] = ()
    """Cosines and sines, where the operator turns queries and keys."""
    turns: bool = False
    """Whether the layer under way turns them: not every layer does."""

    @classmethod
    def of(cls, config: Any) -> "Trace":
        heads = config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // heads
        return cls(heads, getattr(config, "num_key_value_heads", None) or heads, size)

    def note_turn(self) -> None:
        self.turns = True

    def taken_tables(self) -> tuple[Tensor, ...]:
        """Give the tables for the layer under way."""
        tables, self.turns = self.tables if self.turns else (), False
        return tables


class _Attention(torch.autograd.Function):
    """Stands for the operator in a trace. What it computes is not looked at, only its shapes are."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, past: Tensor, values: Tensor, *rest: Any) -> Any:
        return torch.zeros_like(q), past.clone(), values.clone()

    @staticmethod
    def symbolic(g: Any, *arguments: Any) -> Any:
        *tensors, settings = arguments
        rotary = {"do_rotary_i": int(len(tensors) > _UNROTATED)}
        outputs = g.op("com.microsoft::GroupQueryAttention", *tensors, outputs=3, **settings, **rotary)
        past = tensors[3].type()
        heads, size = settings["kv_num_heads_i"], past.varyingSizes()[3]
        width = settings["num_heads_i"] * size
        outputs[0].setType(tensors[0].type().with_sizes([None, None, width]))
        for output in outputs[1:]:
            output.setType(past.with_sizes([None, heads, None, size]))
        return outputs


class _NoCache(Cache):  # type: ignore[misc]
    """Gives each layer its new keys and values only: the operator has the others."""

    def __init__(self) -> None:
        super().__init__(layers=[])

    def update(self, key: Tensor, value: Tensor, *rest: Any, **more: Any) -> tuple[Tensor, Tensor]:
        return key, value

    def get_seq_length(self, *rest: Any, **more: Any) -> int:
        return 0


class _Wanted(nn.Module):
    """The head, run only for the tokens whose logits are asked for."""

    def __init__(self, head: Any) -> None:
        super().__init__()
        self.head = head
        self.indices: Tensor | None = None
        self._width = head.weight.shape[1]

    def forward(self, hidden: Tensor) -> Any:
        return self.head(hidden.reshape(-1, self._width)[self.indices])


class _Step(nn.Module):
    """One run of the decoder, with the inputs and outputs that the graph has."""

    def __init__(self, model: Any, trace: Trace) -> None:
        super().__init__()
        self.model = model
        self.trace = trace
        self.wanted = _Wanted(model.get_output_embeddings())
        model.set_output_embeddings(self.wanted)
        self.rotary = nn.ParameterList()
        """Cosines and sines, where the operator turns queries and keys."""

    def forward(
        self, ids: Tensor, positions: Tensor, last: Tensor, total: Tensor, wanted: Tensor, *past: Tensor
    ) -> tuple[Tensor, ...]:
        self.trace.past = list(zip(past[::2], past[1::2], strict=True))
        self.trace.last, self.trace.total = last, total
        self.trace.tables = tuple(self.rotary)
        self.wanted.indices = wanted
        logits = self.model(
            input_ids=ids, position_ids=positions, past_key_values=_NoCache(), use_cache=True
        ).logits
        present = [one for layer in sorted(self.trace.present) for one in self.trace.present[layer]]
        return logits, normalizers(logits), *present


def normalizers(logits: Tensor) -> Tensor:
    """The logarithm of the sum of exponentials of each row, (rows,).

    ONNX Runtime has an operator for it, a plain loop: (16, 50257) takes it 5.0 ms of a core, and this 1.3.
    """
    return logits.amax(dim=-1) - logits.log_softmax(dim=-1).amax(dim=-1)


def trace(
    model: Any, graph: Path, *, is_lean: bool = False
) -> tuple[onnx.ModelProto, dict[str, nn.Parameter]]:
    """Give the graph of a causal language model without its weights, which are inputs, and their parameters.

    The model is changed by it. Its weights' values are not looked at. graph: a file to write for a moment.
    """
    shared = Trace.of(model.config)
    ALL_ATTENTION_FUNCTIONS.register(NAME, _attention(shared))
    model.set_attn_implementation(NAME)
    _without_conv1d(model)
    activations.as_nodes(model)
    step = _Step(model, shared).eval()
    tables = rotary.tables(model, shared.size) if is_lean else None
    step.rotary.extend(nn.Parameter(table, requires_grad=False) for table in tables or ())
    with rotary.left_out(model, shared.note_turn) if tables else nullcontext():
        _export(step, shared, model.config.num_hidden_layers, graph)
    traced = onnx.load(graph)
    graph.unlink()
    if is_lean:
        lean.straighten(traced.graph)
    return traced, dict(step.named_parameters())


def _export(step: _Step, trace: Trace, layers: int, graph: Path) -> None:
    names = [f"{i}.{part}" for i in range(layers) for part in ("key", "value")]
    past, present = ([f"{when}.{name}" for name in names] for when in ("past", "present"))
    with torch.no_grad():
        exporter._export(
            step,
            _example(trace, len(names)),
            str(graph),
            input_names=["input_ids", "position_ids", "last", TOTAL, WANTED, *past],
            output_names=["logits", "normalizers", *present],
            dynamic_axes=_axes([*past, *present]),
            opset_version=_OPSET,
            export_params=False,
            keep_initializers_as_inputs=True,  # else those of equal values become one
            do_constant_folding=False,
            onnx_shape_inference=False,  # computes with the weights' values: most of the time
        )


def _attention(trace: Trace) -> Any:
    """Make the attention function that transformers calls in every layer."""

    def attend(
        module: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Any,
        scaling: float | None = None,
        sliding_window: int | None = None,
        softcap: float | None = None,
        **rest: Any,
    ) -> tuple[Tensor, None]:
        settings = {
            "num_heads_i": trace.heads,
            "kv_num_heads_i": trace.kv_heads,
            "scale_f": float(scaling or trace.size**-0.5),
            "local_window_size_i": sliding_window or -1,
            "softcap_f": softcap or 0.0,
        }
        flat = [one.transpose(1, 2).flatten(2) for one in (query, key, value)]
        past = trace.past[module.layer_idx]
        operator: Any = _Attention
        out, *present = operator.apply(*flat, *past, trace.last, trace.total, *trace.taken_tables(), settings)
        trace.present[module.layer_idx] = (present[0], present[1])
        return out.reshape(query.shape[0], query.shape[2], trace.heads, trace.size), None

    return attend


class _Product(nn.Module):
    """GPT-2's own kind of linear layer as a plain product; its own one flattens its input first."""

    def __init__(self, layer: Conv1D) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, layer.bias

    def forward(self, hidden: Tensor) -> Tensor:
        product: Tensor = hidden @ self.weight + self.bias
        return product


def _without_conv1d(model: Any) -> None:
    for name, module in list(model.named_modules()):
        if isinstance(module, Conv1D):
            model.set_submodule(name, _Product(module))


def _example(trace: Trace, arrays: int, rows: int = 2, tokens: int = 3) -> tuple[Tensor, ...]:
    return (
        torch.ones(rows, tokens, dtype=torch.long),
        torch.arange(tokens)[None].repeat(rows, 1),
        torch.full((rows,), tokens - 1, dtype=torch.int32),
        torch.tensor(tokens, dtype=torch.int32),
        torch.tensor([tokens - 1, 2 * tokens - 1]),
        *[torch.zeros(rows, trace.kv_heads, 8, trace.size) for _ in range(arrays)],
    )


def _axes(caches: list[str]) -> dict[str, dict[int, str]]:
    tokens = {0: "rows", 1: "tokens"}
    return {
        "input_ids": tokens,
        "position_ids": tokens,
        "last": {0: "rows"},
        **{name: {0: "wanted"} for name in (WANTED, "logits", "normalizers")},
        **{name: {0: "rows", 2: "capacity"} for name in caches},
    }
