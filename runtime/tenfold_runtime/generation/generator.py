"""A loaded decoder's answers: body in, text out, whole or token by token, in each dialect that is spoken."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Accepted, Answer, Prediction, Stream, at_pipeline
from tenfold_runtime.body import Body, read
from tenfold_runtime.errors import RequestError, TaskNotAnswered
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.conversation import ReplyRequest, is_conversation
from tenfold_runtime.generation.errors import ValidationFailed
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.generation.openai import OpenAI
from tenfold_runtime.generation.openai_answers import Writer
from tenfold_runtime.generation.openai_requests import ChatRequest, CompletionRequest, OpenAIRequest
from tenfold_runtime.generation.replies import Replies
from tenfold_runtime.generation.requests import (
    GenerateRequest,
    GenerateStreamRequest,
    TextGenerationRequest,
)
from tenfold_runtime.generation.scheduler import Scheduler
from tenfold_runtime.generation.sequence import Wish
from tenfold_runtime.generation.tgi import TextGeneration
from tenfold_runtime.tasks.request import Request

T = TypeVar("T")

# Up to this many characters, tokenizing on the event loop is cheaper than handing it to a thread.
_SMALL = 8192
_ANSWERS = ("application/json", "text/event-stream")
_READ: dict[str, type[Request]] = {
    "/v1/completions": CompletionRequest,
    "/v1/chat/completions": ChatRequest,
    "/generate": GenerateRequest,
    "/generate_stream": GenerateStreamRequest,
}
_EXAMPLES: dict[Task, dict[str, Any]] = {
    Task.TEXT_GENERATION: {"inputs": "Once upon a time,", "parameters": {"max_new_tokens": 20}},
    Task.CONVERSATIONAL: {"inputs": {"text": "How are you?"}, "parameters": {"max_new_tokens": 20}},
}


class Generator:
    """Answers requests for one decoder. `worker.work()` must be running."""

    def __init__(self, loaded: LoadedDecoder, spec: Spec) -> None:
        self.worker = Scheduler(loaded.batch(), spec.limits.max_queue)
        self._limits = spec.limits
        author = Author(loaded.tokens, loaded.facts, spec.limits, self.worker)
        self._author = author
        self._text_generation = TextGeneration(author, loaded.guides)
        self._replies = Replies(author, loaded.template, self._text_generation)
        self._openai = OpenAI(author, loaded.template, loaded.manifest.model_id, loaded.guides)
        self._ways: dict[str, Callable[[bytes, Client], Awaitable[Answer]]] = {
            "/v1/completions": self._completions,
            "/v1/chat/completions": self._chat,
            "/generate": lambda body, _: self._generated(body, GenerateRequest),
            "/generate_stream": lambda body, _: self._generated(body, GenerateStreamRequest),
        }

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Answer:
        """Answer a body of the hosted API; raises RequestError where it cannot be answered."""
        if task is Task.CONVERSATIONAL or (task is None and is_conversation(body)):
            return await self._replied(body)
        if task not in (None, Task.TEXT_GENERATION):
            raise TaskNotAnswered(f"this model does not answer {task}; it answers {', '.join(_EXAMPLES)}")
        return await self._generated(body)

    async def call(self, path: str, body: bytes, client: Client) -> Answer:
        """Answer a body at the path of another dialect."""
        if path not in self._ways:
            raise TaskNotAnswered(f"this model does not answer {path}; it answers {', '.join(self._ways)}")
        return await self._ways[path](body, client)

    def accepted(self) -> list[Accepted]:
        """Give every way to ask the model."""
        own = at_pipeline(
            Task.TEXT_GENERATION,
            TextGenerationRequest,
            example=_EXAMPLES[Task.TEXT_GENERATION],
            answers=_ANSWERS,
        )
        replies = at_pipeline(Task.CONVERSATIONAL, ReplyRequest, example=_EXAMPLES[Task.CONVERSATIONAL])
        return [own, replies, *(Accepted(path, read, answers=_ANSWERS) for path, read in _READ.items())]

    def examples(self) -> dict[str, dict[str, Any]]:
        return {task.value: body for task, body in _EXAMPLES.items()}

    async def _generated(
        self, body: bytes, as_: type[TextGenerationRequest] = TextGenerationRequest
    ) -> Answer:
        began = time.perf_counter()
        parsed = self._read(body, as_)
        request: TextGenerationRequest = parsed.request
        prepare = partial(self._text_generation.wishes, request)
        wishes = await self._off_loop(parsed, prepare, guided=request.parameters.is_guided)
        if request.stream:
            (begun,) = self._author.begin(wishes)
            return Stream(self._text_generation.events(begun, request), parsed.characters)
        answer = await self._text_generation.whole(wishes, request)
        seconds = time.perf_counter() - began
        return Prediction(answer, parsed.characters, seconds, request.parameters.repeatable)

    async def _replied(self, body: bytes) -> Answer:
        began = time.perf_counter()
        parsed = read(body, ReplyRequest, self._limits)
        request: ReplyRequest = parsed.request
        prepare = partial(self._replies.wish, request)
        wish = await self._off_loop(parsed, prepare, guided=request.parameters.is_guided)
        (text,) = await self._author.texts([wish])
        answer = request.inputs.answered(text.text_without_stop.strip())
        seconds = time.perf_counter() - began
        return Prediction(answer, parsed.characters, seconds, request.parameters.repeatable)

    async def _completions(self, body: bytes, client: Client) -> Answer:
        parsed = self._read(body, CompletionRequest)
        request: CompletionRequest = parsed.request
        prepare = partial(self._openai.completions, request, client)
        wishes, writer = await self._off_loop(parsed, prepare, guided=request.is_guided)
        return await self._written(parsed, wishes, writer, request.echoed)

    async def _chat(self, body: bytes, client: Client) -> Answer:
        parsed = self._read(body, ChatRequest)
        prepare = partial(self._openai.chat, parsed.request, client)
        wishes, writer = await self._off_loop(parsed, prepare, guided=parsed.request.is_guided)
        return await self._written(parsed, wishes, writer, [])

    async def _written(self, parsed: Body, wishes: list[Wish], writer: Writer, echo: list[str]) -> Answer:
        began = time.perf_counter()
        request: OpenAIRequest = parsed.request
        if request.stream:
            if len(wishes) > 1 or echo:
                raise ValidationFailed("Input validation error: one prompt, without echo, can be streamed")
            (begun,) = self._author.begin(wishes)
            return Stream(self._openai.chunks(begun, writer, request), parsed.characters)
        answer = writer.whole(await self._author.texts(wishes), echo)
        return Prediction(answer, parsed.characters, time.perf_counter() - began, request.repeatable)

    async def _off_loop(self, parsed: Body, prepare: Callable[[], T], *, guided: bool) -> T:
        """Tokenize and make the grammar ready; in a thread where that would hold up the event loop."""
        is_quick = parsed.characters <= _SMALL and not guided
        return prepare() if is_quick else await asyncio.to_thread(prepare)

    def _read(self, body: bytes, request: type[Request]) -> Body:
        """Read a body, refusing what is wrong with it in text-generation-inference's words."""
        try:
            return read(body, request, self._limits)
        except RequestError as error:
            raise ValidationFailed(*(f"Input validation error: {one}" for one in error.problems)) from None
