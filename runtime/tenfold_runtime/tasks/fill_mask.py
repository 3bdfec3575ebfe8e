"""fill-mask: the tokens that fit best in place of a text's mask token."""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import Parameters, Request, Texts, listed, one_or_all
from tenfold_runtime.tasks.scores import best, softmax


def _listed(targets: Any) -> Any:
    return [targets] if isinstance(targets, str) else targets


class FillMaskParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] = 5
    """How many tokens."""
    targets: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)] | None = None
    """The only words to choose from; of a word that is no token, its first token."""


class FillMaskRequest(Request):
    inputs: Texts
    """One text with a mask token, or a list of them."""
    parameters: FillMaskParameters = FillMaskParameters()


class FillMask(TextTask[FillMaskRequest]):
    task = Task.FILL_MASK
    request = FillMaskRequest
    example = {"inputs": "The answer to the universe is [MASK]."}

    def example_body(self) -> dict[str, Any]:
        return {"inputs": self.example["inputs"].replace("[MASK]", self.facts.token("mask_token") or "")}

    def encode(self, request: FillMaskRequest) -> list[Encoding]:
        encodings = [self.tokenizer.encode(text, truncate=False) for text in listed(request.inputs)]
        for encoding in encodings:
            self._masks(encoding)
        return encodings

    def _masks(self, encoding: Encoding) -> list[int]:
        mask = self.tokenizer.special_id("mask_token")
        places = [place for place, token in enumerate(encoding.ids) if token == mask]
        if not places:
            name = self.facts.token("mask_token")
            raise InvalidInput("inputs", f"No mask_token ({name}) found on the input")
        return places

    def answer(
        self, request: FillMaskRequest, encodings: list[Encoding], outputs: list[Outputs], client: Client
    ) -> Any:
        rows = zip(encodings, outputs, strict=True)
        answers = [self._filled(encoding, logits, request.parameters) for encoding, (logits, *_) in rows]
        return one_or_all(request.inputs, answers)

    def _filled(
        self, encoding: Encoding, logits: npt.NDArray[np.float32], parameters: FillMaskParameters
    ) -> list[Any]:
        masks = self._masks(encoding)
        rows = [
            self._fill(encoding, mask, softmax(logits[mask]), parameters, alone=len(masks) == 1)
            for mask in masks
        ]
        return rows[0] if len(rows) == 1 else rows

    def _fill(
        self,
        encoding: Encoding,
        mask: int,
        scores: npt.NDArray[np.float32],
        parameters: FillMaskParameters,
        *,
        alone: bool,
    ) -> list[dict[str, Any]]:
        among = np.arange(len(scores)) if parameters.targets is None else self._target_ids(parameters.targets)
        tokens = [int(among[index]) for index in best(scores[among], parameters.top_k)]
        return [
            {
                "score": float(scores[token]),
                "token": token,
                "token_str": self.tokenizer.decode([token]),
                "sequence": self._sequence(encoding, mask, token, skip_special_tokens=alone),
            }
            for token in tokens
        ]

    def _sequence(self, encoding: Encoding, mask: int, token: int, *, skip_special_tokens: bool) -> str:
        ids = [*encoding.ids[:mask], token, *encoding.ids[mask + 1 :]]
        return self.tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)

    def _target_ids(self, targets: list[str]) -> npt.NDArray[np.int64]:
        ids = {self._target_id(target) for target in targets} - {None}
        if not ids:
            raise InvalidInput("parameters.targets", "none of the targets is made of the model's tokens")
        return np.array(sorted(token for token in ids if token is not None))

    def _target_id(self, target: str) -> int | None:
        known = self.tokenizer.id_of(target)
        return known if known is not None else next(iter(self.tokenizer.plain(target).ids), None)
