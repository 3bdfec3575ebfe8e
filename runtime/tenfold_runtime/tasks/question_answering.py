"""question-answering: the span of a context that answers a question.

A long context is read in overlapping windows. Scores are the product of the probabilities that the answer
starts and ends where it does, as in the BERT paper (Devlin et al. 2019, section 4.2) and in transformers.
"""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Discriminator, Field, Tag, model_validator
from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import MANY, ONE, Parameters, Request, inputs_from_root, one_or_all
from tenfold_runtime.tasks.scores import best, softmax

Array = npt.NDArray[np.float32]
_NOT_THERE = -10_000.0  # the logit of a place where no answer can be


class Question(BaseModel):
    question: Annotated[str, Field(min_length=1)]
    """What is asked."""
    context: Annotated[str, Field(min_length=1)]
    """Where the answer stands."""


class QuestionAnsweringParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] = 1
    """How many answers; more than one are answered as a list."""
    doc_stride: Annotated[int, Field(ge=1)] | None = None
    """Tokens that two windows share; at most 128, and half a window, by default."""
    max_answer_len: Annotated[int, Field(ge=1)] = 15
    """Longest answer, in tokens."""
    max_seq_len: Annotated[int, Field(ge=1)] | None = None
    """Tokens in a window, question included; at most 384 by default."""
    max_question_len: Annotated[int, Field(ge=1)] = 64
    """Accepted for compatibility; the question is never cut."""
    handle_impossible_answer: bool = False
    """Whether no answer, an empty string, may win."""
    align_to_words: bool = True
    """Widen an answer to whole words."""


def _kind(inputs: Any) -> str:
    return MANY if isinstance(inputs, list) else ONE


OneOrMany = Annotated[
    Annotated[Question, Tag(ONE)] | Annotated[list[Question], Field(min_length=1), Tag(MANY)],
    Discriminator(_kind),
]


class QuestionAnsweringRequest(Request):
    inputs: OneOrMany
    """A question with its context, or a list of them."""
    parameters: QuestionAnsweringParameters = QuestionAnsweringParameters()

    @model_validator(mode="before")
    @classmethod
    def _inputs_at_root(cls, body: Any) -> Any:
        return inputs_from_root(body, "question", "context")

    @property
    def questions(self) -> list[Question]:
        return self.inputs if isinstance(self.inputs, list) else [self.inputs]


class QuestionAnswering(TextTask[QuestionAnsweringRequest]):
    task = Task.QUESTION_ANSWERING
    request = QuestionAnsweringRequest
    example = {
        "inputs": {"question": "What is my name?", "context": "My name is Clara and I live in Berkeley."}
    }

    def encode(self, request: QuestionAnsweringRequest) -> list[Encoding]:
        return [
            piece for question in request.questions for piece in self._windows(question, request.parameters)
        ]

    def _windows(self, question: Question, parameters: QuestionAnsweringParameters) -> list[Encoding]:
        most = self.tokenizer.max_tokens or 384
        size = min(most, parameters.max_seq_len or 384)
        stride = parameters.doc_stride or min(size // 2, 128)
        if stride >= size:
            raise InvalidInput("parameters.doc_stride", f"{stride} must be less than max_seq_len, {size}")
        return self.tokenizer.pair_windows(question.question, question.context, size, stride)

    def answer(
        self,
        request: QuestionAnsweringRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        rows = iter(zip(encodings, outputs, strict=True))
        answers = []
        for question in request.questions:
            windows = [next(rows) for _ in self._windows(question, request.parameters)]
            found = self._answers(question.context, windows, request.parameters)
            answers.append(found[0] if len(found) == 1 else found)
        return one_or_all(request.inputs, answers)

    def _answers(
        self, context: str, windows: list[tuple[Encoding, Outputs]], parameters: QuestionAnsweringParameters
    ) -> list[dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        no_answer = 1.0
        for encoding, (start_logits, end_logits, *_) in windows:
            starts, ends, none = self._probabilities(encoding, start_logits, end_logits)
            no_answer = min(no_answer, none)
            for first, last, score in spans(starts, ends, parameters):
                start, end = place(encoding, first, last, whole_words=parameters.align_to_words)
                answer: dict[str, Any] = {
                    "score": 0.0,
                    "start": start,
                    "end": end,
                    "answer": context[start:end],
                }
                # An answer found twice, in two windows or two spellings, counts once, with both scores.
                found.setdefault(answer["answer"].lower(), answer)["score"] += score
        if parameters.handle_impossible_answer:
            found[""] = {"score": no_answer, "start": 0, "end": 0, "answer": ""}
        return sorted(found.values(), key=lambda one: -one["score"])[: parameters.top_k]

    def _probabilities(self, encoding: Encoding, starts: Array, ends: Array) -> tuple[Array, Array, float]:
        """Give the probability of each token to start and to end the answer, and that of no answer at all."""
        first_token = self.tokenizer.special_id("cls_token")
        ids = np.array(encoding.ids)
        in_context = np.array([sequence == 1 for sequence in encoding.sequence_ids])
        allowed = in_context | (ids == first_token)
        start = softmax(np.where(allowed, starts, _NOT_THERE))
        end = softmax(np.where(allowed, ends, _NOT_THERE))
        none = float(start[0] * end[0])
        start[0] = end[0] = 0.0
        return np.where(in_context, start, 0.0), np.where(in_context, end, 0.0), none


def spans(
    starts: Array, ends: Array, parameters: QuestionAnsweringParameters
) -> list[tuple[int, int, float]]:
    """Give the likeliest spans (first token, last token, probability), from probabilities (tokens,) each."""
    products = np.tril(np.triu(np.outer(starts, ends)), parameters.max_answer_len - 1)
    flat = products.ravel()
    # Spans may become one answer once they are widened to words; some more are looked at for that.
    wanted = parameters.top_k * 2 + 10 if parameters.align_to_words else parameters.top_k
    pairs = [(*divmod(index, len(ends)), float(flat[index])) for index in best(flat, wanted)]
    return [(first, last, score) for first, last, score in pairs if score > 0.0]


def place(encoding: Encoding, first: int, last: int, *, whole_words: bool) -> tuple[int, int]:
    """Give where in the context a span of tokens starts and ends, in characters."""
    if whole_words:
        words = encoding.token_to_word(first), encoding.token_to_word(last)
        if None not in words:
            begin, end = (encoding.word_to_chars(word, 1) for word in words)
            return begin[0], end[1]
    return encoding.offsets[first][0], encoding.offsets[last][1]
