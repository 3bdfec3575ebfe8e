"""Whose voice speaks: what models of several speakers are told."""

from typing import Annotated, Any

from pydantic import Field

from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.tasks.request import Parameters


class VoiceParameters(Parameters):
    speaker_embeddings: Annotated[list[float], Field(min_length=1, max_length=4096)] | None = None
    """The speaker as a vector, for models that take one; by default zeros, a voice in between."""
    speaker_id: Annotated[int, Field(ge=0)] | None = None
    """The speaker's number, for models that were trained with several."""


def voice(config: Any, asked: VoiceParameters) -> dict[str, Any]:
    """Give what the model's call takes; raises InvalidInput where the model knows no such speaker."""
    return {**_embedded(config, asked.speaker_embeddings), **_numbered(config, asked.speaker_id)}


def _embedded(config: Any, vector: list[float] | None) -> dict[str, Any]:
    size = config.speaker_embedding_dim if config.model_type == "speecht5" else 0
    if vector and len(vector) != size:
        told = f"{len(vector)} numbers; this model takes {size or 'none'}"
        raise InvalidInput("parameters.speaker_embeddings", told)
    if not size:
        return {}
    import torch

    return {"speaker_embeddings": torch.tensor([vector or [0.0] * size])}


def _numbered(config: Any, number: int | None) -> dict[str, Any]:
    if number is None:
        return {}
    speakers = getattr(config, "num_speakers", 1)
    if number >= speakers:
        raise InvalidInput("parameters.speaker_id", f"this model has {speakers} speakers, numbered from 0")
    return {"speaker_id": number} if speakers > 1 else {}
