"""Completions and chats as OpenAI's clients ask for them."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from tenfold_api.clients import Client
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation import openai_answers
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.errors import TemplateFailed
from tenfold_runtime.generation.grammars import Grammar
from tenfold_runtime.generation.guide import Guides
from tenfold_runtime.generation.held import Held
from tenfold_runtime.generation.openai_answers import Writer
from tenfold_runtime.generation.openai_requests import ChatRequest, CompletionRequest, OpenAIRequest
from tenfold_runtime.generation.sequence import Generation, Text, Wish
from tenfold_runtime.tasks.request import listed

_COMPLETION_TOKENS, _CHAT_TOKENS = 100, 1024


class OpenAI:
    """Makes wishes of requests, and chunks of what comes of them."""

    def __init__(self, author: Author, template: ChatTemplate | None, model: str, guides: Guides) -> None:
        self._author = author
        self._template = template
        self._model = model
        self._guides = guides

    def completions(self, request: CompletionRequest, client: Client) -> tuple[list[Wish], Writer]:
        """Give the wishes for each prompt, and the writer of the answer."""
        grammar = Grammar.of(request.rule) if request.rule else None
        wishes = []
        for text in listed(request.prompt):
            prompt = self._author.prompt(text)
            most = self._author.room(prompt, request.max_tokens, _COMPLETION_TOKENS)
            wishes += self._wishes(request, prompt, most, request.logprobs, grammar)
        likely = request.logprobs is not None
        return wishes, Writer("completion", self._model, self._author.tokens, client, likely)

    def chat(self, request: ChatRequest, client: Client) -> tuple[list[Wish], Writer]:
        """Give the wishes for the next message of a chat, and the writer of the answer."""
        if self._template is None:
            raise TemplateFailed("Template error: template not found; this model completes texts, not chats")
        messages = [message.for_template() for message in request.messages]
        text = self._template.prompt(messages, request.tools_for_template, request.tool_prompt)
        prompt = self._author.prompt(text, add_special=False)
        most = self._author.room(prompt, request.most, _CHAT_TOKENS)
        offer, form = request.offer, self._template.form
        wishes = self._wishes(request, prompt, most, request.top_logprobs, offer.grammar(form))
        writer = Writer("chat", self._model, self._author.tokens, client, bool(request.logprobs))
        return wishes, replace(writer, form=form, functions=offer.names)

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

    async def chunks(
        self, generation: Generation, writer: Writer, request: OpenAIRequest
    ) -> AsyncGenerator[bytes]:
        """Give a chunk for each token, then what was used if that is wanted, then the end."""
        text, held = Text(generation.wish.prompt, None), Held(generation.wish.stop)
        reader = writer.reader()
        try:
            async for piece in self._author.pieces(generation):
                text.pieces.append(piece)
                parts = reader.read(held.released(piece), piece.finish)
                yield writer.chunks(piece, parts, reader, first=len(text.pieces) == 1)
            if request.wants_usage:
                text.reused = generation.reused
                yield writer.usage_chunk(text)
        except RequestError as error:
            if not text.pieces:
                raise  # nothing was sent yet: it becomes a status
            yield writer.failure(error)
        yield openai_answers.DONE
