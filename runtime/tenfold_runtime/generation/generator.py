"""A loaded decoder's answers: body in, text out, whole or token by token, in each dialect that is spoken."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Accepted, Answer, Prediction, Stream, Streamer, at_pipeline
from tenfold_runtime.body import Body, read
from tenfold_runtime.errors import RequestError, TaskNotAnswered
from tenfold_runtime.generation.author import Author
from tenfold_runtime.generation.conversation import ReplyRequest, is_conversation
from tenfold_runtime.generation.errors import ValidationFailed
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.generation.openai import OpenAI
from tenfold_runtime.generation.openai_requests import ChatRequest, CompletionRequest
from tenfold_runtime.generation.order import Dialect, Order
from tenfold_runtime.generation.replies import Replies
from tenfold_runtime.generation.requests import (
    GenerateRequest,
    GenerateStreamRequest,
    TextGenerationRequest,
)
from tenfold_runtime.generation.scheduler import Scheduler
from tenfold_runtime.generation.telling import Telling
from tenfold_runtime.generation.tgi import TextGeneration
from tenfold_runtime.tasks.request import Request

T = TypeVar("T")

# Up to this many characters, tokenizing on the event loop is cheaper than handing it to a thread.
_SMALL = 8192
_ANSWERS = ("application/json", "text/event-stream")
_EXAMPLES: dict[Task, dict[str, Any]] = {
    Task.TEXT_GENERATION: {"inputs": "Once upon a time,", "parameters": {"max_new_tokens": 20}},
    Task.CONVERSATIONAL: {"inputs": {"text": "How are you?"}, "parameters": {"max_new_tokens": 20}},
}


class Generator(Streamer):
    """Answers requests for one decoder. `worker.work()` must be running."""

    def __init__(self, loaded: LoadedDecoder, spec: Spec) -> None:
        self.worker = Scheduler(loaded.batch(), spec.limits.max_queue)
        self._limits = spec.limits
        self._author = author = Author(loaded.tokens, loaded.facts, spec.limits, self.worker)
        tgi = TextGeneration(author, loaded.guides)
        openai = OpenAI(author, loaded.template, loaded.manifest.model_id, loaded.guides)
        self._replies = Replies(author, loaded.template, tgi)
        self._hosted = Dialect(TextGenerationRequest, tgi.order)
        self._others = {
            "/v1/completions": Dialect(CompletionRequest, openai.completions),
            "/v1/chat/completions": Dialect(ChatRequest, openai.chat),
            "/generate": Dialect(GenerateRequest, tgi.order),
            "/generate_stream": Dialect(GenerateStreamRequest, tgi.order),
        }

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Answer:
        """Answer a body of the hosted API; raises RequestError where it cannot be answered."""
        if task is Task.CONVERSATIONAL or (task is None and is_conversation(body)):
            return await self._replied(body)
        if task not in (None, Task.TEXT_GENERATION):
            raise TaskNotAnswered(f"this model does not answer {task}; it answers {', '.join(_EXAMPLES)}")
        return await self._generated(self._hosted, body, client)

    async def call(self, path: str, body: bytes, client: Client) -> Answer:
        """Answer a body at the path of another dialect."""
        dialect = self._others.get(path)
        if dialect is None:
            known = ", ".join(self._others)
            raise TaskNotAnswered(f"this model does not answer {path}; it answers {known}")
        return await self._generated(dialect, body, client)

    def begin(self, path: str, body: bytes, client: Client) -> Telling | None:
        """Begin the stream that a body asks for, where reading it needs no thread."""
        dialect = self._hosted if path == "/" else self._others.get(path)
        if dialect is None or not self._may_be_streamed(path, body):
            return None
        parsed = self._read(body, dialect.request)
        if not parsed.request.stream or _holds_up(parsed, guided=parsed.request.is_guided):
            return None
        return self._telling(parsed, dialect.order(parsed.request, client))

    def _may_be_streamed(self, path: str, body: bytes) -> bool:
        """Whether it is worth reading a body here, to see whether it asks for a stream."""
        if self.worker.is_full or not 0 < len(body) <= min(_SMALL, self._limits.max_body_bytes.bytes):
            return False
        return path == "/generate_stream" or (b'"stream"' in body and not is_conversation(body))

    def accepted(self) -> list[Accepted]:
        """Give every way to ask the model."""
        own = at_pipeline(
            Task.TEXT_GENERATION,
            TextGenerationRequest,
            example=_EXAMPLES[Task.TEXT_GENERATION],
            answers=_ANSWERS,
        )
        replies = at_pipeline(Task.CONVERSATIONAL, ReplyRequest, example=_EXAMPLES[Task.CONVERSATIONAL])
        others = (Accepted(path, one.request, answers=_ANSWERS) for path, one in self._others.items())
        return [own, replies, *others]

    def examples(self) -> dict[str, dict[str, Any]]:
        return {task.value: body for task, body in _EXAMPLES.items()}

    async def _generated(self, dialect: Dialect, body: bytes, client: Client) -> Answer:
        began = time.perf_counter()
        parsed = self._read(body, dialect.request)
        request = parsed.request
        order = await _off_loop(parsed, partial(dialect.order, request, client), guided=request.is_guided)
        if request.stream:
            return Stream(self._telling(parsed, order).events(), parsed.characters)
        answer = order.answer(await self._author.texts(order.wishes))
        return Prediction(answer, parsed.characters, time.perf_counter() - began, request.repeatable)

    def _telling(self, parsed: Body, order: Order) -> Telling:
        (begun,) = self._author.begin(order.wishes)
        return Telling(begun, order.events(begun), parsed.characters, self._author.timeout)

    async def _replied(self, body: bytes) -> Answer:
        began = time.perf_counter()
        parsed = read(body, ReplyRequest, self._limits)
        request: ReplyRequest = parsed.request
        prepare = partial(self._replies.wish, request)
        wish = await _off_loop(parsed, prepare, guided=request.parameters.is_guided)
        (text,) = await self._author.texts([wish])
        answer = request.inputs.answered(text.text_without_stop.strip())
        seconds = time.perf_counter() - began
        return Prediction(answer, parsed.characters, seconds, request.parameters.repeatable)

    def _read(self, body: bytes, request: type[Request]) -> Body:
        """Read a body, refusing what is wrong with it in text-generation-inference's words."""
        try:
            return read(body, request, self._limits)
        except RequestError as error:
            raise ValidationFailed(*(f"Input validation error: {one}" for one in error.problems)) from None


async def _off_loop(parsed: Body, prepare: Callable[[], T], *, guided: bool) -> T:
    """Tokenize and make the grammar ready; in a thread where that would hold up the event loop."""
    return await asyncio.to_thread(prepare) if _holds_up(parsed, guided=guided) else prepare()


def _holds_up(parsed: Body, *, guided: bool) -> bool:
    """Whether the event loop is held up by tokenizing, or by making the grammar ready."""
    return guided or parsed.characters > _SMALL
