"""Embeddings in OpenAI's dialect, for models that answer feature-extraction."""

import base64
from typing import Annotated, Any, Literal

from pydantic import Field

from tenfold_runtime.tasks.embedding import Array, EmbeddingParameters, normalized
from tenfold_runtime.tasks.feature_extraction import FeatureExtractionRequest
from tenfold_runtime.tasks.request import Request, Texts, listed

PATH = "/v1/embeddings"


class EmbeddingsRequest(Request):
    """A body of /v1/embeddings. What clients send beside these fields is ignored."""

    input: Texts
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int, Field(ge=1)] | None = None
    """Keep only the first so many numbers of each vector, for models that were made for it."""


def asked(request: EmbeddingsRequest) -> FeatureExtractionRequest:
    """Give the request as the hosted API would have it; texts that are too long are cut."""
    return FeatureExtractionRequest(
        inputs=listed(request.input), parameters=EmbeddingParameters(truncate=True)
    )


def answer(request: EmbeddingsRequest, vectors: Array, tokens: int, model: str) -> dict[str, Any]:
    """Make the response. vectors: float32 (texts, hidden). tokens: how many the texts had."""
    kept = vectors if request.dimensions is None else normalized(vectors[:, : request.dimensions])
    encoded = [_base64(vector) if request.encoding_format == "base64" else vector for vector in kept]
    data = [{"object": "embedding", "index": i, "embedding": one} for i, one in enumerate(encoded)]
    used = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": model, "usage": used}


def _base64(vector: Array) -> str:
    """Encode as little-endian float32, one after the other."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
