"""A loaded model's answers: body in, answer out, the network's runs shared with other requests."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Accepted, Prediction, Worker, at_pipeline
from tenfold_runtime.batching import Batcher, Policy
from tenfold_runtime.body import read
from tenfold_runtime.errors import InvalidInput, TaskNotAnswered, TooSlow
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.dialects import DIALECTS, Run
from tenfold_runtime.tasks.loaded import LoadedText

# Up to this many bytes of body, tokenizing on the event loop is cheaper than handing it to a thread.
_SMALL = 8192

# Bytes of a body for each token, at most: the body of a short run is no longer.
_BYTES = 16


@dataclass(frozen=True, slots=True)
class Asked:
    """A body that was read."""

    task: TextTask[Any]
    request: Any
    characters: int
    encodings: list[Encoding]
    """What is to be run."""
    began: float
    """When it was begun to be read, on the clock."""

    def answered(self, outputs: list[Outputs], client: Client) -> Prediction:
        """Give the answer, from the outputs for each encoding."""
        answer = self.task.answer(self.request, self.encodings, outputs, client)
        return Prediction(answer, self.characters, time.perf_counter() - self.began)


class Predictor:
    """Answers requests for one loaded model. `batcher.work()` must be running."""

    def __init__(self, loaded: LoadedText, spec: Spec) -> None:
        self._loaded = loaded
        self._limits = spec.limits
        self.timeout = spec.limits.timeout.seconds
        """Seconds that an answer may take."""
        network = loaded.network
        self.batcher: Batcher[Encoding, Outputs] = Batcher(
            network.run, policy(spec), beside=network.run_beside, workers=network.workers
        )

    @property
    def worker(self) -> Worker:
        return self.batcher

    async def call(self, path: str, body: bytes, client: Client) -> Prediction:
        """Answer a body in the dialect of a path, where the model answers its task."""
        dialect = DIALECTS.get(path)
        task = self._loaded.tasks.get(dialect.task) if dialect else None
        if dialect is None or task is None:
            raise TaskNotAnswered(f"this model does not answer {path}")
        began = time.perf_counter()
        parsed = read(body, dialect.request, self._limits)
        hosted = dialect.hosted(parsed.request)
        encodings = await self._encoded(task, hosted, small=len(body) <= _SMALL)
        outputs = await self._run(encodings)
        run = Run(parsed.request, hosted, task, encodings, outputs, self._loaded.manifest.model_id)
        return Prediction(dialect.answer(run), parsed.characters, time.perf_counter() - began)

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Prediction:
        """Answer a body; raises RequestError where it cannot be answered."""
        began = time.perf_counter()
        answering = self._task(task, body)
        parsed = read(body, answering.request, self._limits)
        encodings = await self._encoded(answering, parsed.request, small=len(body) <= _SMALL)
        outputs = await self._run(encodings)
        return Asked(answering, parsed.request, parsed.characters, encodings, began).answered(outputs, client)

    def is_small(self, body: bytes) -> bool:
        """Whether a body is worth no thread to read it."""
        return 0 < len(body) <= min(_SMALL, self._limits.max_body_bytes.bytes)

    def may_be_short(self, body: bytes) -> bool:
        """Whether a small body may be answered `at_once`, where there is no other."""
        return len(body) <= _BYTES * self.batcher.short

    def asked(self, body: bytes) -> Asked:
        """Read a small body on the spot; raises what `predict` does."""
        began = time.perf_counter()
        answering = self._task(None, body)
        parsed = read(body, answering.request, self._limits)
        encodings = self._checked(answering.encode(parsed.request))
        return Asked(answering, parsed.request, parsed.characters, encodings, began)

    def at_once(self, body: bytes, client: Client) -> Prediction | None:
        """Answer a body on the spot; None where its run would hold the event loop up.

        Raises what `predict` does.
        """
        asked = self.asked(body)
        outputs = self.batcher.run_at_once(asked.encodings)
        return None if outputs is None else asked.answered(outputs, client)

    def accepted(self) -> list[Accepted]:
        """Give every way to ask the model."""
        tasks = self._loaded.tasks
        own = [at_pipeline(task, one.request, example=one.example_body()) for task, one in tasks.items()]
        others = [Accepted(path, each.request) for path, each in DIALECTS.items() if each.task in tasks]
        return own + others

    def examples(self) -> dict[str, dict[str, Any]]:
        """Give, for each task that the model answers, a body to try it with."""
        return {task.value: answering.example_body() for task, answering in self._loaded.tasks.items()}

    def _task(self, task: Task | None, body: bytes) -> TextTask[Any]:
        tasks = self._loaded.tasks
        if task is None:
            return tasks[self._told_by(body) or self._loaded.manifest.task]
        if task not in tasks:
            raise TaskNotAnswered(f"this model does not answer {task}; it answers {', '.join(sorted(tasks))}")
        return tasks[task]

    def _told_by(self, body: bytes) -> Task | None:
        """Tell by its keys a body that is meant for another task of the same graph."""
        for key, task in _TOLD_BY.items():
            if task in self._loaded.tasks and key in body:
                return task
        return None

    async def _encoded(self, task: TextTask[Any], request: Any, *, small: bool) -> list[Encoding]:
        encodings = task.encode(request) if small else await asyncio.to_thread(task.encode, request)
        return self._checked(encodings)

    def _checked(self, encodings: list[Encoding]) -> list[Encoding]:
        if len(encodings) > self._limits.max_inputs:
            raise InvalidInput(
                "inputs", f"{len(encodings)} texts; at most {self._limits.max_inputs} are accepted"
            )
        return encodings

    async def _run(self, encodings: Sequence[Encoding]) -> list[Outputs]:
        try:
            async with asyncio.timeout(self.timeout):
                return await self.batcher.submit(encodings)
        except TimeoutError:
            raise TooSlow.after(self.timeout) from None


_TOLD_BY = {
    b'"source_sentence"': Task.SENTENCE_SIMILARITY,
    b'"candidate_labels"': Task.ZERO_SHOT_CLASSIFICATION,
    b'"texts"': Task.TEXT_RANKING,
    b'"text_pair"': Task.TEXT_CLASSIFICATION,
}


def policy(spec: Spec) -> Policy:
    """Give the batcher's policy from what the person asked for."""
    return Policy(
        max_batch_size=spec.batching.max_batch_size,
        max_wait=spec.batching.max_wait.seconds,
        max_queue=spec.limits.max_queue,
    )
