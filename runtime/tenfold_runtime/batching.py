"""Requests share runs of the network: gathered, sorted by length, cut into batches, run off the event loop.

A lone request never waits. While a run is under way, what arrives gathers by itself; only when the last run
was shared does the next one wait, for at most `max_wait`, for callers that are about to come back.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tenfold_runtime.errors import Overloaded

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Policy:
    """How much may be gathered, and for how long."""

    max_batch_size: int = 32
    max_batch_tokens: int = 4096
    """Most tokens in one run, padding included."""
    max_wait: float = 0.002
    """Seconds."""
    max_queue: int = 256
    """Most requests that wait."""


@dataclass(slots=True)
class _Request(Generic[Item, Result]):
    items: Sequence[Item]
    answer: asyncio.Future[list[Result]]
    results: dict[int, Result] = field(default_factory=dict)

    def take(self, index: int, result: Result) -> None:
        self.results[index] = result
        if len(self.results) == len(self.items) and not self.answer.done():
            self.answer.set_result([self.results[i] for i in range(len(self.items))])

    def fail(self, error: BaseException) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def cut(lengths: Sequence[int], policy: Policy) -> list[list[int]]:
    """Cut sequences of the given lengths (tokens) into batches; give their indices, shortest first.

    A batch holds at most `max_batch_size` sequences and, padded to its longest, `max_batch_tokens` tokens;
    a sequence longer than that runs alone.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        fits = batches and (
            len(batches[-1]) < policy.max_batch_size
            and (len(batches[-1]) + 1) * lengths[index] <= policy.max_batch_tokens
        )
        if fits:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


class Batcher(Generic[Item, Result]):
    """A bounded queue in front of `run`, which is called in a thread of its own, one batch at a time."""

    def __init__(
        self,
        run: Callable[[Sequence[Item]], list[Result]],
        policy: Policy,
        length: Callable[[Item], int] = len,  # type: ignore[assignment]
    ) -> None:
        self._run = run
        self._policy = policy
        self._length = length
        self._waiting: deque[_Request[Item, Result]] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._busy_since: float | None = None

    async def submit(self, items: Sequence[Item]) -> list[Result]:
        """Run `items`, together with others, and give their results in order.

        Raises Overloaded at once where the queue is full. Cancelling the call takes its items out.
        """
        if len(self._waiting) >= self._policy.max_queue:
            raise Overloaded(f"{self._policy.max_queue} requests are waiting already; try again later")
        request = _Request[Item, Result](items, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._arrived.set()
        return await request.answer

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiting)

    @property
    def busy_seconds(self) -> float:
        """Age of the run under way, in seconds; 0 when idle."""
        return 0.0 if self._busy_since is None else time.monotonic() - self._busy_since

    async def work(self) -> None:
        """Serve the queue until cancelled. A failing run fails its own requests and nothing else."""
        shared = False
        try:
            while True:
                await self._arrived.wait()
                if shared and len(self._waiting) < self._policy.max_batch_size:
                    await asyncio.sleep(self._policy.max_wait)
                requests = self._take()
                shared = len(requests) > 1
                await self._serve(requests)
        finally:
            self._thread.shutdown(wait=False, cancel_futures=True)
            for request in self._waiting:
                request.answer.cancel()

    def _take(self) -> list[_Request[Item, Result]]:
        """Take the oldest requests, enough for a few full batches of like lengths."""
        taken: list[_Request[Item, Result]] = []
        items = 0
        while self._waiting and items < 2 * self._policy.max_batch_size:
            request = self._waiting.popleft()
            if not request.answer.done():  # the caller is still there
                taken.append(request)
                items += len(request.items)
        if not self._waiting:
            self._arrived.clear()
        return taken

    async def _serve(self, requests: list[_Request[Item, Result]]) -> None:
        places = [(request, index) for request in requests for index in range(len(request.items))]
        lengths = [self._length(request.items[index]) for request, index in places]
        for batch in cut(lengths, self._policy):
            await self._serve_batch([places[i] for i in batch if not places[i][0].answer.done()])

    async def _serve_batch(self, batch: list[tuple[_Request[Item, Result], int]]) -> None:
        if not batch:
            return
        self._busy_since = time.monotonic()
        try:
            items = [request.items[index] for request, index in batch]
            results = await asyncio.get_running_loop().run_in_executor(self._thread, self._run, items)
        except Exception as error:  # noqa: BLE001 - whoever waits for this batch is told
            for request, _ in batch:
                request.fail(error)
        else:
            for (request, index), result in zip(batch, results, strict=True):
                request.take(index, result)
        finally:
            self._busy_since = None
