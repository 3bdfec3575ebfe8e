"""Completions and chats as OpenAI's clients ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tenfold_api.clients import Client
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation import openai_answers
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.errors import TemplateFailed, ValidationFailed
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.guide import Guides
from tenfold_runtime.generation.held import Held
from tenfold_runtime.generation.openai_answers import Writer
from tenfold_runtime.generation.openai_requests import ChatRequest, CompletionRequest, OpenAIRequest
from tenfold_runtime.generation.sequence import Generation, Piece, Text, Wish
from tenfold_runtime.tasks.request import listed

_COMPLETION_TOKENS, _CHAT_TOKENS = 100, 1024


class OpenAI:
    """Makes orders of requests."""

    def __init__(self, author: Author, template: ChatTemplate | None, model: str, guides: Guides) -> None:
        self._author = author
        self._template = template
        self._model = model
        self._guides = guides

    def completions(self, request: CompletionRequest, client: Client) -> "OpenAIOrder":
        """Give the order of a text after each prompt; raises ValidationFailed where it cannot be streamed."""
        grammar = Grammar.of(request.rule) if request.rule else None
        wishes = []
        for text in listed(request.prompt):
            prompt = self._author.prompt(text)
            most = self._author.room(prompt, request.max_tokens, _COMPLETION_TOKENS)
            wishes += self._wishes(request, prompt, most, request.logprobs, grammar)
        if request.stream and (len(wishes) > 1 or request.echoed):
            raise ValidationFailed("Input validation error: one prompt, without echo, can be streamed")
        likely = request.logprobs is not None
        writer = Writer("completion", self._model, self._author.tokens, client, likely)
        return OpenAIOrder(request, wishes, writer, request.echoed)

    def chat(self, request: ChatRequest, client: Client) -> "OpenAIOrder":
        """Give the order of the next message of a chat; raises TemplateFailed."""
        if self._template is None:
            raise TemplateFailed("Template error: template not found; this model completes texts, not chats")
        messages = [message.for_template() for message in request.messages]
        text = self._template.prompt(messages, request.tools_for_template, request.tool_prompt)
        prompt = self._author.prompt(text, add_special=False)
        most = self._author.room(prompt, request.most, _CHAT_TOKENS)
        offer, form = request.offer, self._template.form
        wishes = self._wishes(request, prompt, most, request.top_logprobs, offer.grammar(form))
        writer = Writer("chat", self._model, self._author.tokens, client, bool(request.logprobs))
        return OpenAIOrder(request, wishes, replace(writer, form=form, functions=offer.names))

    def _wishes(
        self,
        request: OpenAIRequest,
        prompt: list[int],
        most: int,
        alternatives: int | None,
        grammar: Grammar | None,
    ) -> list[Wish]:
        """Give a wish for each answer that is asked for, with a seed of its own."""
        wish = Wish(
            prompt,
            most,
            request.sampling(),
            request.stops,
            self._author.facts.ends,
            alternatives or 0,
            grammar=self._guides.compiled(grammar) if grammar else None,
        )
        return [wish.reseeded(number) for number in range(request.several)]


@dataclass(frozen=True, slots=True)
class OpenAIOrder:
    """What a request has generated, and how it is answered."""

    request: OpenAIRequest
    wishes: list[Wish]
    writer: Writer
    echo: Sequence[str] = ()
    """What to put before each text."""

    def answer(self, texts: list[Text]) -> dict[str, Any]:
        return self.writer.whole(texts, self.echo)

    def events(self, generation: Generation) -> "Chunks":
        return Chunks(generation, self.writer, wants_usage=self.request.wants_usage)


class Chunks:
    """Writes a chunk for each token, then what was used if that is wanted, then the end."""

    def __init__(self, generation: Generation, writer: Writer, *, wants_usage: bool) -> None:
        self._generation = generation
        self._writer = writer
        self._wants_usage = wants_usage
        self._text = Text(generation.wish.prompt, None)
        self._held = Held(generation.wish.stop)
        self._reader = writer.reader()

    def event(self, piece: Piece) -> bytes:
        pieces = self._text.pieces
        pieces.append(piece)
        parts = self._reader.read(self._held.released(piece), piece.finish)
        return self._writer.chunks(piece, parts, self._reader, first=len(pieces) == 1)

    def end(self, error: RequestError | None) -> bytes:
        if error:
            return self._writer.failure(error) + openai_answers.DONE
        self._text.reused = self._generation.reused
        used = self._writer.usage_chunk(self._text) if self._wants_usage else b""
        return used + openai_answers.DONE
