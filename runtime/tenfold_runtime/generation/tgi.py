"""text-generation as text-generation-inference and the classic service answer it."""

from collections.abc import AsyncGenerator
from typing import Any

from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation import answers
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.guide import Compiled, Guides
from tenfold_runtime.generation.requests import TextGenerationParameters, TextGenerationRequest
from tenfold_runtime.generation.sequence import Generation, Text, Wish
from tenfold_runtime.tasks.request import listed, one_or_all

NEW_TOKENS = 100


class TextGeneration:
    """Answers TextGenerationRequests."""

    def __init__(self, author: Author, guides: Guides) -> None:
        self._author = author
        self._guides = guides

    def wishes(self, request: TextGenerationRequest) -> list[Wish]:
        """Give what is to be generated: for each input, as many texts as are asked for."""
        several = _several(request.parameters)
        asked = request.parameters
        prompts = [self._author.prompt(text, truncate=asked.truncate) for text in listed(request.inputs)]
        wishes = [self.wish(prompt, asked, asked.max_new_tokens) for prompt in prompts]
        return [wish.reseeded(number) for wish in wishes for number in range(several)]

    async def whole(self, wishes: list[Wish], request: TextGenerationRequest) -> Any:
        """Give the answer: a list of objects for a text, a list of such lists for a list of texts."""
        inputs = listed(request.inputs)
        several = _several(request.parameters)
        texts = await self._author.texts(wishes)
        groups = [texts[start : start + several] for start in range(0, len(texts), several)]
        answered = [
            self._answer(group, request.parameters, prompt if request.full_text else "")
            for prompt, group in zip(inputs, groups, strict=True)
        ]
        return one_or_all(request.inputs, answered)

    def _answer(self, texts: list[Text], asked: TextGenerationParameters, before: str) -> list[Any]:
        best, others = texts, []
        if asked.best_of > 1:
            ranked = sorted(texts, key=lambda text: -text.logprob)
            best, others = ranked[: asked.num_return_sequences], ranked[asked.num_return_sequences :]
        details = asked.details or asked.decoder_input_details
        return [
            answers.answer(text, self._author.tokens, before, details=details, others=others) for text in best
        ]

    async def events(self, generation: Generation, request: TextGenerationRequest) -> AsyncGenerator[bytes]:
        """Give an event for each token; the last one tells the whole text."""
        wish = generation.wish
        before = str(request.inputs) if request.full_text else ""
        text = Text(wish.prompt, wish.sampling.seed if wish.sampling.sampled else None)
        try:
            async for piece in self._author.pieces(generation):
                text.pieces.append(piece)
                last = answers.closing(text, before, wish) if piece.finish else {}
                yield answers.event(len(text.pieces), piece, self._author.tokens, last)
        except RequestError as error:
            if not text.pieces:
                raise  # nothing was sent yet: it becomes a status
            yield answers.failure(error)

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


def _several(asked: TextGenerationParameters) -> int:
    """How many texts to generate for one prompt."""
    return max(asked.best_of, asked.num_return_sequences)
