"""token-classification: the entities in a text, and where they stand."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import Parameters, Request, Texts, listed, one_or_all
from tenfold_runtime.tasks.scores import softmax

Scores = npt.NDArray[np.float32]
Strategy = Literal["none", "simple", "first", "average", "max"]


class TokenClassificationParameters(Parameters):
    aggregation_strategy: Strategy = "simple"
    """How tokens become entities: `simple` joins neighbours of one label; `first`, `average` and `max` also
    keep words whole; `none` answers every token."""
    ignore_labels: list[str] = ["O"]
    """Labels that are left out."""
    stride: Annotated[int, Field(ge=1)] | None = None
    """Read a text longer than the model's limit in windows that share this many tokens."""


class TokenClassificationRequest(Request):
    inputs: Texts
    """One text or a list of them."""
    parameters: TokenClassificationParameters = TokenClassificationParameters()


@dataclass(frozen=True, slots=True)
class Piece:
    """A token, or the tokens of a word, with the scores of the labels."""

    tokens: tuple[str, ...]
    scores: Scores
    start: int
    end: int
    index: int
    continues_word: bool


@dataclass(frozen=True, slots=True)
class Entity:
    """A piece with the label that won."""

    tokens: tuple[str, ...]
    label: str
    score: float
    start: int
    end: int
    index: int

    @property
    def kind(self) -> str:
        """The label without its B- or I-."""
        return self.label[2:] if self.label[:2] in {"B-", "I-"} else self.label


class TokenClassification(TextTask[TokenClassificationRequest]):
    task = Task.TOKEN_CLASSIFICATION
    request = TokenClassificationRequest
    example = {"inputs": "My name is Sarah Jessica Parker but you can call me Jessica"}

    def encode(self, request: TokenClassificationRequest) -> list[Encoding]:
        return [
            piece
            for text in listed(request.inputs)
            for piece in self._windows(text, request.parameters.stride)
        ]

    def _windows(self, text: str, stride: int | None) -> list[Encoding]:
        if stride is not None:
            return self.tokenizer.windows(text, stride)
        try:
            return [self.tokenizer.encode(text, truncate=False)]
        except InvalidInput as error:
            raise InvalidInput(
                "inputs", f"{error.reason}; set parameters.stride to read it in windows"
            ) from None

    def answer(
        self,
        request: TokenClassificationRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        rows = iter(zip(encodings, outputs, strict=True))
        answers = []
        for text in listed(request.inputs):
            count = len(self._windows(text, request.parameters.stride))
            windows = [next(rows) for _ in range(count)]
            found = [self._entities(text, e, logits, request.parameters) for e, (logits, *_) in windows]
            answers.append(
                found[0] if count == 1 else without_overlaps([one for some in found for one in some])
            )
        return one_or_all(request.inputs, answers)

    def _entities(
        self, text: str, encoding: Encoding, logits: Scores, parameters: TokenClassificationParameters
    ) -> list[dict[str, Any]]:
        strategy = parameters.aggregation_strategy
        pieces = self._pieces(text, encoding, softmax(logits))
        if strategy not in {"none", "simple"}:
            pieces = [self._word(list(word), strategy) for word in words(pieces)]
        entities = [self._entity(piece) for piece in pieces]
        if strategy == "none":
            return [self._as_token(one) for one in entities if one.label not in parameters.ignore_labels]
        return [
            self._as_group(one)
            for one in map(joined, runs(entities))
            if one.kind not in parameters.ignore_labels
        ]

    def _pieces(self, text: str, encoding: Encoding, scores: Scores) -> list[Piece]:
        special = encoding.special_tokens_mask
        return [self._piece(text, encoding, i, scores[i]) for i in range(len(encoding)) if not special[i]]

    def _piece(self, text: str, encoding: Encoding, index: int, scores: Scores) -> Piece:
        token, (start, end) = encoding.tokens[index], encoding.offsets[index]
        unknown = encoding.ids[index] == self.tokenizer.special_id("unk_token")
        if unknown:
            token, continues = text[start:end], False
        elif self.tokenizer.marks_subwords:
            continues = len(token) != end - start
        else:
            continues = start > 0 and " " not in text[start - 1 : start + 1]
        return Piece((token,), scores, start, end, index, continues)

    def _word(self, pieces: list[Piece], strategy: Strategy) -> Piece:
        """Give a word the scores of its first token, of its surest token, or the mean of all."""
        match strategy:
            case "first":
                scores = pieces[0].scores
            case "max":
                scores = max(pieces, key=lambda piece: float(piece.scores.max())).scores
            case _:
                scores = np.mean([piece.scores for piece in pieces], axis=0)
        spelt = self.tokenizer.join([token for piece in pieces for token in piece.tokens])
        return replace(pieces[0], tokens=(spelt,), scores=scores, end=pieces[-1].end)

    def _entity(self, piece: Piece) -> Entity:
        winner = int(piece.scores.argmax())
        return Entity(
            piece.tokens,
            self.facts.labels[winner],
            float(piece.scores[winner]),
            piece.start,
            piece.end,
            piece.index,
        )

    def _as_token(self, one: Entity) -> dict[str, Any]:
        where = {"start": one.start, "end": one.end}
        return {"entity": one.label, "score": one.score, "index": one.index, "word": one.tokens[0], **where}

    def _as_group(self, one: Entity) -> dict[str, Any]:
        where = {"start": one.start, "end": one.end}
        return {
            "entity_group": one.kind,
            "score": one.score,
            "word": self.tokenizer.join(list(one.tokens)),
            **where,
        }


def words(pieces: list[Piece]) -> list[list[Piece]]:
    """Split tokens into words: a word goes on while its tokens say that they continue it."""
    found: list[list[Piece]] = []
    for piece in pieces:
        if found and piece.continues_word:
            found[-1].append(piece)
        else:
            found.append([piece])
    return found


def runs(entities: list[Entity]) -> list[list[Entity]]:
    """Split entities into runs of one kind; B- begins a new run."""
    found: list[list[Entity]] = []
    for entity in entities:
        if found and entity.kind == found[-1][-1].kind and not entity.label.startswith("B-"):
            found[-1].append(entity)
        else:
            found.append([entity])
    return found


def joined(run: list[Entity]) -> Entity:
    """Make one entity of a run: its words together, the mean of its scores."""
    tokens = tuple(token for entity in run for token in entity.tokens)
    return replace(run[0], tokens=tokens, score=float(np.mean([one.score for one in run])), end=run[-1].end)


def without_overlaps(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep, of entities that windows found at one place, the longest, and of those the surest."""
    kept: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda one: one["start"]):
        if not kept or entity["start"] >= kept[-1]["end"]:
            kept.append(entity)
        else:
            kept[-1] = max(kept[-1], entity, key=lambda one: (one["end"] - one["start"], one["score"]))
    return kept
