"""A Decision Transformer small enough to make within a test, and a trajectory for it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

STATE, ACTION, LONGEST = 4, 2, 32


def decision_transformer(folder: Path, seed: int = 0) -> Path:
    """Write a Decision Transformer of two layers that reads up to LONGEST steps."""
    torch.manual_seed(seed)
    config = transformers.DecisionTransformerConfig(
        state_dim=STATE, act_dim=ACTION, hidden_size=32, max_ep_len=50, n_layer=2, n_head=2,
        n_positions=3 * LONGEST, initializer_range=0.4,
    )  # fmt: skip
    transformers.DecisionTransformerModel(config).eval().save_pretrained(folder)
    return folder


def trajectory(steps: int, seed: int = 0) -> dict[str, Any]:
    """States, actions and returns of a walk, as `inputs` has them."""
    chance = np.random.default_rng(seed)
    return {
        "states": chance.normal(size=(steps, STATE)).tolist(),
        "actions": chance.uniform(-1, 1, (steps - 1, ACTION)).tolist(),
        "returns_to_go": (5 - np.arange(steps) * 0.5).tolist(),
    }
