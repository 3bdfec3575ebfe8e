"""Decoders of a few architectures, small and with random weights, as graphs."""

from pathlib import Path
from typing import Any

import torch
import transformers

from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import decoder_export

GPT2 = transformers.GPT2Config(vocab_size=64, n_embd=64, n_layer=2, n_head=4, n_positions=128)
SMALL: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "initializer_range": 0.4,
}


def exported(config: Any, out: Path) -> Path:
    """Convert a model of these settings, which fails where the graph answers otherwise; give the graph."""
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    decoder_export.export(model, out)
    return out / GRAPH
