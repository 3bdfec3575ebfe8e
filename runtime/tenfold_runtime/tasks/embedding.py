"""Texts to vectors, as the model means them: what feature extraction and sentence similarity share."""

from typing import Literal

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.facts import Facts
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextModel
from tenfold_runtime.tasks.request import Parameters

Array = npt.NDArray[np.float32]


class EmbeddingParameters(Parameters):
    normalize: bool | None = None
    """Scale each vector to length 1; by default what the model's own configuration says."""
    truncate: bool | None = None
    """Cut a text that is too long; by default a sentence-transformers model does, a plain encoder refuses."""
    truncation_direction: Literal["left", "right", "Left", "Right"] = "right"
    """Which end is cut."""
    prompt_name: str | None = None
    """Name of a prompt in the model's configuration that is put before each text."""


class Embedder:
    """Encodes texts, and reads their vectors from what the network gives."""

    def __init__(self, model: TextModel) -> None:
        self._tokenizer = model.tokenizer
        self._facts: Facts = model.facts

    def encode(self, texts: list[str], parameters: EmbeddingParameters) -> list[Encoding]:
        prompt = self._prompt(parameters.prompt_name)
        asked = parameters.truncate
        truncate = self._facts.pooling is not None if asked is None else asked
        side: Literal["left", "right"] = (
            "left" if parameters.truncation_direction.lower() == "left" else "right"
        )
        return [self._tokenizer.encode(prompt + text, truncate=truncate, side=side) for text in texts]

    def _prompt(self, name: str | None) -> str:
        prompts = self._facts.prompts
        if name is None:
            return ""
        if name not in prompts:
            known = ", ".join(sorted(prompts)) or "none"
            raise InvalidInput("parameters.prompt_name", f"the model has no prompt {name}; it has {known}")
        return prompts[name]

    def features(self, outputs: Outputs, normalize: bool | None) -> Array:
        """Give what the model means by the features of a text.

        One vector (hidden,) for a sentence-transformers model, else all token vectors (tokens, hidden).
        """
        vectors = outputs[0] if self._facts.pooling is None else outputs[-1]
        wanted = self._facts.normalize if normalize is None else normalize
        return np.ascontiguousarray(normalized(vectors) if wanted else vectors)

    def text_vectors(self, outputs: list[Outputs]) -> Array:
        """Give one vector a text, float32 (texts, hidden); the mean for a plain encoder."""
        return np.stack([vector for *_, vector in outputs])

    def sentence_vectors(self, outputs: list[Outputs]) -> Array:
        """Give one vector of length 1 a text, float32 (texts, hidden)."""
        return normalized(self.text_vectors(outputs))


def normalized(vectors: Array) -> Array:
    """Scale vectors along the last axis to length 1."""
    lengths = np.sqrt(np.vecdot(vectors, vectors))[..., None]
    scaled: Array = vectors / np.maximum(lengths, np.float32(1e-12))
    return scaled
