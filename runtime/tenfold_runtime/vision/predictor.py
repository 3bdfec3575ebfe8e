"""A loaded vision model's answers: image in, answer out, the network's runs shared with other requests."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from tenfold_api.clients import Client
from tenfold_api.spec import Spec
from tenfold_api.tasks import Task
from tenfold_runtime import deadline
from tenfold_runtime.answering import NO_CHARACTERS, Accepted, Prediction, Worker, at_pipeline
from tenfold_runtime.batching import Batcher
from tenfold_runtime.body import read_file
from tenfold_runtime.errors import Overloaded, TaskNotAnswered, TooSlow
from tenfold_runtime.predictor import policy
from tenfold_runtime.vision.base import ImageRequest
from tenfold_runtime.vision.images import decode
from tenfold_runtime.vision.loaded import LoadedVision
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.preprocessor import Pixels
from tenfold_runtime.vision.sizes import Size

T = TypeVar("T")

# Most pixels in one run: more at once is no faster on a CPU, and takes more memory.
_BATCH_PIXELS = 32 * 224 * 224

# Images that are decoded at the same time, so that large ones do not fill the memory together.
_DECODERS = 2


class VisionPredictor:
    """Answers requests for one loaded model. `batcher.work()` must be running."""

    def __init__(self, loaded: LoadedVision, spec: Spec) -> None:
        self._loaded = loaded
        self._most = spec.limits.max_queue
        self._timeout = spec.limits.timeout.seconds
        self._threads = ThreadPoolExecutor(_DECODERS, "images")
        self._in_hand = 0
        shared = replace(policy(spec), max_batch_tokens=_BATCH_PIXELS)
        self.batcher: Batcher[Pixels, ImageOutputs] = Batcher(loaded.network.run, shared, _area)

    @property
    def worker(self) -> Worker:
        return self.batcher

    async def call(self, path: str, body: bytes, client: Client) -> Prediction:
        """No other API's paths are answered with images."""
        raise TaskNotAnswered(f"this model does not answer {path}")

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Prediction:
        """Answer a body; raises RequestError where it cannot be answered."""
        began = time.perf_counter()
        self._check(task)
        self._in_hand += 1
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._answer(body)
        except TimeoutError:
            raise TooSlow.after(self._timeout) from None
        finally:
            self._in_hand -= 1
        return Prediction(answer, NO_CHARACTERS, time.perf_counter() - began)

    def accepted(self) -> list[Accepted]:
        """Give the one way to ask the model."""
        one = self._loaded.task
        return [at_pipeline(one.task, one.request, example=one.example_body(), is_file=True)]

    def examples(self) -> dict[str, dict[str, Any]]:
        """Give a body to try the model with."""
        return {self._loaded.task.task.value: self._loaded.task.example_body()}

    def _check(self, task: Task | None) -> None:
        known = self._loaded.task.task
        if task not in (None, known):
            raise TaskNotAnswered(f"this model does not answer {task}; it answers {known}")
        if self._in_hand >= self._most:
            raise Overloaded(f"{self._in_hand} requests wait already; try again later")

    async def _answer(self, body: bytes) -> Any:
        end = time.monotonic() + self._timeout
        request, size, pixels = await self._in_thread(lambda: self._seen(body, end))
        (outputs,) = await self.batcher.submit([pixels])
        return await self._in_thread(lambda: self._loaded.task.answer(request, size, outputs))

    def _seen(self, body: bytes, end: float) -> tuple[ImageRequest, Size, Pixels]:
        """Read the request; give it with its image's size and what the network is fed.

        end: when nobody waits for it any more, by time.monotonic().
        """
        with deadline.until(end):
            request: ImageRequest = read_file(body, self._loaded.task.request)
            image = decode(request.inputs)
        return request, (image.height, image.width), self._loaded.preprocessor(image)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _area(pixels: Pixels) -> int:
    return pixels.size // len(pixels)
