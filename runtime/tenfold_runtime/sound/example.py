"""A sound to try a model with."""

import base64
from typing import Any

import numpy as np

from tenfold_runtime.sound.encode import Kind, encode

_RATE = 16_000


def example() -> dict[str, Any]:
    """Give a body with a second of a tone, 440 Hz."""
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(_RATE) / _RATE)
    return {"inputs": base64.b64encode(encode(tone.astype(np.float32), _RATE, Kind.FLAC)).decode()}
