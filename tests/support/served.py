"""A model loaded as the runtime loads it, answering in this process."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tenfold_api.clients import Client
from tenfold_api.inference_model import InferenceModel
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Answerer
from tenfold_runtime.conversion.job import Built, Job, Say
from tenfold_runtime.conversion.pipeline import build
from tenfold_runtime.generation.generator import Generator
from tenfold_runtime.journal import Journal
from tenfold_runtime.kinds import Loaded, answerer
from tenfold_runtime.loader import Loader
from tenfold_runtime.settings import Settings

ANYONE = Client()


class BuildHere:
    """Builds in this process: the tests have torch imported already."""

    def build(self, job: Job, say: Say) -> Built:
        return build(job, say)

    def stop(self) -> None:
        pass


def settings(folder: Path, cache: Path, **spec: Any) -> Settings:
    """Settings for a model in a folder; exact weights unless `optimization` says otherwise."""
    exact = {"quantization": "none"}
    whole = {
        "modelId": f"tests/{folder.name}",
        "source": {"path": str(folder)},
        "optimization": exact,
        **spec,
    }
    return Settings(InferenceModel.of(folder.name.lower(), whole), cache, threads=2)


def load(folder: Path, cache: Path, **spec: Any) -> Any:
    return Loader(settings(folder, cache, **spec), Journal(), BuildHere()).load()


class Served:
    """Asks a loaded model, each question in an event loop of its own."""

    def __init__(self, loaded: Loaded, configured: Settings) -> None:
        self.loaded = loaded
        self._spec = configured.model.spec

    def ask(self, body: Any, task: str | None = None, client: Client = ANYONE) -> Any:
        """Give the answer to a body (bytes, or anything JSON can hold) as JSON has it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = None if task is None else Task(task)
        return as_told(self._ask(lambda predictor: predictor.predict(raw, named, client)))

    def media(self, body: Any, client: Client = ANYONE) -> Any:
        """Give the answer as it is, which may be a file."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(lambda predictor: predictor.predict(raw, None, client))

    def call(self, path: str, body: Any, client: Client = ANYONE) -> Any:
        """Give the answer to a body at a path of another dialect."""
        raw = json.dumps(body).encode()
        return as_told(self._ask(lambda predictor: predictor.call(path, raw, client)))

    def _ask(self, asked: Callable[[Answerer], Awaitable[Any]]) -> Any:
        return asyncio.run(self._answer(asked))

    async def _answer(self, asked: Callable[[Answerer], Awaitable[Any]]) -> Any:
        predictor = answerer(self.loaded, self._spec)
        working = asyncio.create_task(predictor.worker.work())
        try:
            prediction = await asked(predictor)
        finally:
            working.cancel()
            if isinstance(predictor, Generator):
                predictor.worker._thread.shutdown()  # the next one uses the same decoder
        return prediction.answer


def as_told(answer: Any) -> Any:
    """Give an answer as JSON has it."""
    from tenfold_runtime.app import as_json

    return json.loads(bytes(as_json(answer).body))


def serve(folder: Path, cache: Path, **spec: Any) -> Served:
    configured = settings(folder, cache, **spec)
    return Served(Loader(configured, Journal(), BuildHere()).load(), configured)


def imported_by(script: str, configured: Settings) -> set[str]:
    """Run a script that prints its modules as JSON, with a runtime's environment; give their packages."""
    environment = {"TENFOLD_MODEL": configured.model.to_json(), "TENFOLD_CACHE": str(configured.cache)}
    run = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in json.loads(run.stdout)}
