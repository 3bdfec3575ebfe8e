"""text-generation as text-generation-inference and the classic service answer it."""

from dataclasses import dataclass
from typing import Any

from tenfold_api.clients import Client
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation import answers
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.guide import Compiled, Guides
from tenfold_runtime.generation.requests import TextGenerationParameters, TextGenerationRequest
from tenfold_runtime.generation.sequence import Generation, Piece, Text, Wish
from tenfold_runtime.generation.tokens import Tokens
from tenfold_runtime.tasks.request import listed, one_or_all

NEW_TOKENS = 100


class TextGeneration:
    """Makes orders of TextGenerationRequests."""

    def __init__(self, author: Author, guides: Guides) -> None:
        self._author = author
        self._guides = guides

    def order(self, request: TextGenerationRequest, client: Client) -> "TextOrder":
        """Give what is to be generated: for each input, as many texts as are asked for."""
        several = _several(request.parameters)
        asked = request.parameters
        prompts = [self._author.prompt(text, truncate=asked.truncate) for text in listed(request.inputs)]
        wishes = [self.wish(prompt, asked, asked.max_new_tokens) for prompt in prompts]
        again = [wish.reseeded(number) for wish in wishes for number in range(several)]
        return TextOrder(request, again, self._author.tokens)

    def wish(self, prompt: list[int], asked: TextGenerationParameters, most: int | None) -> Wish:
        """Give what is to be generated after a prompt: at most as many new tokens as are asked for."""
        return Wish(
            prompt=prompt,
            most=self._author.room(prompt, most, NEW_TOKENS),
            sampling=asked.sampling(),
            stop=asked.stops,
            ends=self._author.facts.ends,
            alternatives=asked.top_n_tokens or 0,
            prompt_logprobs=asked.decoder_input_details,
            seconds=asked.max_time,
            grammar=self._compiled(asked),
        )

    def _compiled(self, asked: TextGenerationParameters) -> Compiled | None:
        if asked.grammar is None:
            return None
        return self._guides.compiled(Grammar.of(asked.grammar.rule("parameters.grammar")))


@dataclass(frozen=True, slots=True)
class TextOrder:
    """What a request has generated, and how it is answered."""

    request: TextGenerationRequest
    wishes: list[Wish]
    tokens: Tokens

    def answer(self, texts: list[Text]) -> Any:
        """Give the answer: a list of objects for a text, a list of such lists for a list of texts."""
        inputs = listed(self.request.inputs)
        several = _several(self.request.parameters)
        groups = [texts[start : start + several] for start in range(0, len(texts), several)]
        answered = [
            self._answer(group, prompt if self.request.full_text else "")
            for prompt, group in zip(inputs, groups, strict=True)
        ]
        return one_or_all(self.request.inputs, answered)

    def _answer(self, texts: list[Text], before: str) -> list[Any]:
        asked = self.request.parameters
        best, others = texts, []
        if asked.best_of > 1:
            ranked = sorted(texts, key=lambda text: -text.logprob)
            best, others = ranked[: asked.num_return_sequences], ranked[asked.num_return_sequences :]
        details = asked.details or asked.decoder_input_details
        return [answers.answer(text, self.tokens, before, details=details, others=others) for text in best]

    def events(self, generation: Generation) -> "TextEvents":
        return TextEvents(generation, self.tokens, str(self.request.inputs) if self.request.full_text else "")


class TextEvents:
    """Writes an event for each token; the last one tells the whole text."""

    def __init__(self, generation: Generation, tokens: Tokens, before: str) -> None:
        """before: what is put before the whole text."""
        self._wish = generation.wish
        self._tokens = tokens
        self._before = before
        sampling = self._wish.sampling
        self._text = Text(self._wish.prompt, sampling.seed if sampling.sampled else None)

    def event(self, piece: Piece) -> bytes:
        text = self._text
        text.pieces.append(piece)
        last = answers.closing(text, self._before, self._wish) if piece.finish else {}
        return answers.event(len(text.pieces), piece, self._tokens, last)

    def end(self, error: RequestError | None) -> bytes:
        return answers.failure(error) if error else b""


def _several(asked: TextGenerationParameters) -> int:
    """How many texts to generate for one prompt."""
    return max(asked.best_of, asked.num_return_sequences)
