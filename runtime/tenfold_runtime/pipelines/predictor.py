"""A loaded pipeline's answers: body in, answer out, one request at a time."""

import asyncio
import time
from typing import Any

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task, answered_with
from tenfold_runtime import deadline
from tenfold_runtime.answering import NO_CHARACTERS, Accepted, Prediction, at_pipeline
from tenfold_runtime.body import Body, read, read_file
from tenfold_runtime.errors import TaskNotAnswered, TooSlow
from tenfold_runtime.pipelines.loaded import LoadedPipeline
from tenfold_runtime.pipelines.turns import Turns


class PipelinePredictor:
    """Answers requests for one loaded pipeline. `worker.work()` must be running."""

    def __init__(self, loaded: LoadedPipeline, spec: Spec) -> None:
        self.worker = Turns(spec.limits.max_queue)
        self._task = loaded.task
        self._limits = spec.limits

    async def call(self, path: str, body: bytes, client: Client) -> Prediction:
        """No other API's paths are answered by pipelines."""
        raise TaskNotAnswered(f"this model does not answer {path}")

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Prediction:
        """Answer a body; raises RequestError where it cannot be answered."""
        known = self._task.task
        if task is not None and task not in answered_with(known):
            raise TaskNotAnswered(f"this model does not answer {task}; it answers {known}")
        began = time.perf_counter()
        parsed = self._read(body)
        answer = await self._answered(parsed.request, client)
        again = self._task.repeatable(parsed.request)
        return Prediction(answer, parsed.characters, time.perf_counter() - began, again)

    def accepted(self) -> list[Accepted]:
        """Give every way to ask the model."""
        one, example = self._task, self._task.example_body()
        facts = {"example": example, "is_file": one.takes_file, "answers": (one.answers,)}
        return [at_pipeline(task, one.request, **facts) for task in answered_with(one.task)]

    def examples(self) -> dict[str, dict[str, Any]]:
        """Give a body to try the model with."""
        return {self._task.task.value: self._task.example_body()}

    def _read(self, body: bytes) -> Body:
        if self._task.takes_file:
            return Body(read_file(body, self._task.request), NO_CHARACTERS)
        return read(body, self._task.request, self._limits)

    async def _answered(self, request: Any, client: Client) -> Any:
        seconds = self._limits.timeout.seconds
        end = time.monotonic() + seconds
        try:
            async with asyncio.timeout(seconds):
                return await self.worker.take(lambda: self._answer(request, client, end))
        except TimeoutError:
            raise TooSlow.after(seconds) from None

    def _answer(self, request: Any, client: Client, end: float) -> Any:
        """Answer, or stop where the time has passed `end`: nobody waits any more."""
        with deadline.until(end):
            return self._task.answer(request, client)
