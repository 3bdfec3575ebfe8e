"""sentence-similarity: how near each sentence is to a source sentence, as the cosine of their vectors."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextModel, TextTask
from tenfold_runtime.tasks.embedding import Embedder, EmbeddingParameters
from tenfold_runtime.tasks.request import Request, inputs_from_root


class SentenceSimilarityInputs(BaseModel):
    source_sentence: str
    """What the sentences are compared with."""
    sentences: Annotated[list[str], Field(min_length=1)]
    """What is compared."""


class SentenceSimilarityRequest(Request):
    inputs: SentenceSimilarityInputs
    parameters: EmbeddingParameters = EmbeddingParameters(truncate=True)

    @model_validator(mode="before")
    @classmethod
    def _inputs_at_root(cls, body: Any) -> Any:
        return inputs_from_root(body, "source_sentence", "sentences")


class SentenceSimilarity(TextTask[SentenceSimilarityRequest]):
    task = Task.SENTENCE_SIMILARITY
    request = SentenceSimilarityRequest
    example = {
        "inputs": {"source_sentence": "A cat sits on the mat", "sentences": ["A kitten rests", "Stocks fell"]}
    }

    def __init__(self, model: TextModel) -> None:
        super().__init__(model)
        self._embedder = Embedder(model)

    def encode(self, request: SentenceSimilarityRequest) -> list[Encoding]:
        return self._embedder.encode(
            [request.inputs.source_sentence, *request.inputs.sentences], request.parameters
        )

    def answer(
        self,
        request: SentenceSimilarityRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        vectors = self._embedder.sentence_vectors(outputs)
        return vectors[1:] @ vectors[0]
