"""How long a sound may be for a network that takes all of it at once."""

from typing import Any

from tenfold_api.spec import Limits

# Attention over a sound needs memory by the square of its length: in a model of Wav2Vec2's base size, half a
# gigabyte a layer for a minute.
MOST_AT_ONCE = 60.0

# What extractors call the length that they cut every sound to.
_CUTS = ("n_samples", "nb_max_samples", "max_length")


def most_seconds(extractor: Any, limits: Limits) -> float:
    """Give the longest sound, in seconds: a minute, or limits.maxAudioSeconds where the extractor cuts it."""
    most = float(limits.max_audio_seconds)
    cuts = any(getattr(extractor, name, None) for name in _CUTS)
    return most if cuts else min(most, MOST_AT_ONCE)
