"""Completions and chats as OpenAI's clients ask for them."""

from collections.abc import AsyncGenerator

from tenfold_api.clients import Client
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation import openai_answers
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.errors import TemplateFailed
from tenfold_runtime.generation.openai_answers import Held, Writer
from tenfold_runtime.generation.openai_requests import ChatRequest, CompletionRequest, OpenAIRequest
from tenfold_runtime.generation.sequence import Generation, Text, Wish
from tenfold_runtime.tasks.base import listed

_COMPLETION_TOKENS, _CHAT_TOKENS = 100, 1024


class OpenAI:
    """Makes wishes of requests, and chunks of what comes of them."""

    def __init__(self, author: Author, template: ChatTemplate | None, model: str) -> None:
        self._author = author
        self._template = template
        self._model = model

    def completions(self, request: CompletionRequest, client: Client) -> tuple[list[Wish], Writer]:
        """Give a wish a prompt, and the writer of the answer."""
        prompts = [self._author.prompt(text) for text in listed(request.prompt)]
        most = request.max_tokens
        wishes = [
            self._wish(request, prompt, self._author.room(prompt, most, _COMPLETION_TOKENS), request.logprobs)
            for prompt in prompts
        ]
        likely = request.logprobs is not None
        return wishes, Writer("completion", self._model, self._author.tokens, client, likely)

    def chat(self, request: ChatRequest, client: Client) -> tuple[list[Wish], Writer]:
        """Give the wish for the next message of a chat, and the writer of the answer."""
        if self._template is None:
            raise TemplateFailed("Template error: template not found; this model completes texts, not chats")
        text = self._template.prompt([message.for_template() for message in request.messages])
        prompt = self._author.prompt(text, add_special=False)
        most = self._author.room(prompt, request.most, _CHAT_TOKENS)
        wish = self._wish(request, prompt, most, request.top_logprobs)
        return [wish], Writer("chat", self._model, self._author.tokens, client, bool(request.logprobs))

    def _wish(self, request: OpenAIRequest, prompt: list[int], most: int, alternatives: int | None) -> Wish:
        return Wish(
            prompt, most, request.sampling(), request.stops, self._author.facts.ends, alternatives or 0
        )

    async def chunks(
        self, generation: Generation, writer: Writer, request: OpenAIRequest
    ) -> AsyncGenerator[bytes]:
        """Give a chunk for each token, then what was used if that is wanted, then the end."""
        text, held = Text(generation.wish.prompt, None), Held(generation.wish.stop)
        try:
            async for piece in self._author.pieces(generation):
                text.pieces.append(piece)
                yield writer.chunk(piece, held.released(piece), first=len(text.pieces) == 1)
            if request.wants_usage:
                text.reused = generation.reused
                yield writer.usage_chunk(text)
        except RequestError as error:
            if not text.pieces:
                raise  # nothing was sent yet: it becomes a status
            yield writer.failure(error)
        yield openai_answers.DONE
