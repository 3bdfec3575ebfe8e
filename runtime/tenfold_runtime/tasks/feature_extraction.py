"""feature-extraction: the vectors of texts.

A sentence-transformers model answers one pooled vector a text; a plain encoder answers one a token.
"""

from typing import Any

from pydantic import model_validator
from tokenizers import Encoding

from tenfold_api.clients import Client, reads_tokens_in_a_batch
from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextModel, TextTask
from tenfold_runtime.tasks.embedding import Array, Embedder, EmbeddingParameters
from tenfold_runtime.tasks.request import Request, Texts, listed, one_or_all


class FeatureExtractionRequest(Request):
    inputs: Texts
    """One text or a list of them."""
    parameters: EmbeddingParameters = EmbeddingParameters()

    @model_validator(mode="before")
    @classmethod
    def _parameters_at_root(cls, body: Any) -> Any:
        """Accept parameters at the root, where newer clients put them."""
        if not isinstance(body, dict):
            return body
        at_root = {key: body[key] for key in EmbeddingParameters.model_fields if key in body}
        return {**body, "parameters": {**at_root, **(body.get("parameters") or {})}} if at_root else body


class FeatureExtraction(TextTask[FeatureExtractionRequest]):
    task = Task.FEATURE_EXTRACTION
    request = FeatureExtractionRequest
    example = {"inputs": "Today is a sunny day."}

    def __init__(self, model: TextModel) -> None:
        super().__init__(model)
        self._embedder = Embedder(model)

    def encode(self, request: FeatureExtractionRequest) -> list[Encoding]:
        return self._embedder.encode(listed(request.inputs), request.parameters)

    def text_vectors(self, outputs: list[Outputs]) -> Array:
        """Give one vector a text, float32 (texts, hidden)."""
        return self._embedder.text_vectors(outputs)

    def sentence_vectors(self, outputs: list[Outputs]) -> Array:
        """Give one vector of length 1 a text, float32 (texts, hidden)."""
        return self._embedder.sentence_vectors(outputs)

    def answer(
        self,
        request: FeatureExtractionRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        normalize = request.parameters.normalize
        features = [self._embedder.features(output, normalize) for output in outputs]
        if reads_tokens_in_a_batch(client) and features[0].ndim > 1:
            return features
        return one_or_all(request.inputs, features)
