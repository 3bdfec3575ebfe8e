"""Requests share runs of the network: gathered, sorted by length, cut into batches, run off the event loop.

A lone request never waits, and its run has all cores. A short one, as measured, runs on the event loop
itself: to wake a thread and to be woken by it takes long beside it. Several batches run side by side, each on
a core of its own, which gets more out of the cores than one run that is spread over them. While runs go on,
what arrives gathers by itself; only who has just shared a run, and finds fewer waiting than that, waits for
callers that are about to come back, for at most `max_wait`.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

from tenfold_runtime.errors import Overloaded

Item = TypeVar("Item")
Result = TypeVar("Result")
Run: TypeAlias = Callable[[Sequence[Item]], list[Result]]

# Seconds for which the event loop may stand still: a lone run that takes no longer is not handed to a thread.
_SHORT = 0.005

# What it costs to begin a run, as tokens that could be computed meanwhile: 7 for MiniLM, 20 for BERT-base.
_START = 8


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


@dataclass(slots=True, eq=False)
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


@dataclass(slots=True, eq=False)
class _Place(Generic[Item, Result]):
    """An item that waits for its run."""

    request: _Request[Item, Result]
    index: int
    length: int

    @property
    def item(self) -> Item:
        return self.request.items[self.index]


def cut(lengths: Sequence[int], policy: Policy) -> list[list[int]]:
    """Cut sequences of the given lengths (tokens) into batches; give their indices, shortest first.

    A batch holds at most `max_batch_size` sequences and, padded to its longest, `max_batch_tokens` tokens;
    a sequence longer than that runs alone. A batch ends where padding it to the next length would cost more
    than another run.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batches and _fits(batches[-1], lengths, lengths[index], policy):
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def _fits(batch: list[int], lengths: Sequence[int], length: int, policy: Policy) -> bool:
    return (
        len(batch) < policy.max_batch_size
        and (len(batch) + 1) * length <= policy.max_batch_tokens
        and len(batch) * (length - lengths[batch[-1]]) <= _START
    )


class Batcher(Generic[Item, Result]):
    """A bounded queue in front of a network, whose runs are in threads of their own."""

    def __init__(
        self,
        run: Run[Item, Result],
        policy: Policy,
        length: Callable[[Item], int] = len,  # type: ignore[assignment]
        beside: Run[Item, Result] | None = None,
        workers: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put a queue in front of `run`, of which there is one at a time, and which has all cores.

        beside: the same on one core; up to `workers` of them go on side by side.
        """
        self._run = run
        self._beside = beside or run
        self._policy = policy
        self._length = length
        self._workers = workers if beside else 1
        self._clock = clock
        self._waiting: list[_Place[Item, Result]] = []
        self._free = asyncio.Event()
        self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="network")
        self._began: list[float] = []
        self._alone = False
        self._short = 0
        self._looking_around = 0

    async def submit(self, items: Sequence[Item]) -> list[Result]:
        """Run `items`, together with others, and give their results in order.

        Raises Overloaded at once where the queue is full. Cancelling the call takes its items out.
        """
        if self._is_short(items) and await self._is_alone():
            return self._run_here(items)
        return await self.queue(items)

    def queue(self, items: Sequence[Item]) -> asyncio.Future[list[Result]]:
        """Do what `submit` does where they are not alone. Cancelling the future takes the items out."""
        if self.is_full:
            raise Overloaded(f"{self._policy.max_queue} requests are waiting already; try again later")
        request = _Request[Item, Result](items, asyncio.get_running_loop().create_future())
        self._waiting += [_Place(request, index, self._length(item)) for index, item in enumerate(items)]
        self._look()
        return request.answer

    def _is_short(self, items: Sequence[Item]) -> bool:
        return 0 < sum(map(self._length, items)) <= self._short

    async def _is_alone(self) -> bool:
        """Tell whether there is no other request, of those too that have arrived and were not yet read."""
        if self.is_busy:
            return False
        self._looking_around += 1
        try:
            await asyncio.sleep(0)  # what is at the sockets is read
            await asyncio.sleep(0)  # and submitted
            return self._is_only_one
        finally:
            self._looking_around -= 1

    @property
    def is_busy(self) -> bool:
        """Whether something runs, or waits for its run."""
        return bool(self._began or self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether as many requests wait as may."""
        most = self._policy.max_queue
        return len(self._waiting) >= most and self.waiting >= most

    @property
    def _is_only_one(self) -> bool:
        """Whether the one request that looks around is all that there is."""
        return self._looking_around == 1 and not self.is_busy

    @property
    def short(self) -> int:
        """Length up to which a run alone was last seen to be short."""
        return self._short

    def look_around(self, told: Callable[[bool], None]) -> bool:
        """Tell in a moment, as `submit` does before it runs alone, whether there is no other request.

        Gives False, and tells nothing, where others are known already.
        """
        if self.is_busy:
            return False
        self._looking_around += 1
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._tell, told)  # as many turns of the loop
        return True

    def _tell(self, told: Callable[[bool], None]) -> None:
        alone = self._is_only_one
        self._looking_around -= 1
        told(alone)

    def run_at_once(self, items: Sequence[Item]) -> list[Result] | None:
        """Run `items` alone, on the event loop; None where that would hold it up."""
        return self._run_here(items) if self._is_short(items) else None

    def _run_here(self, items: Sequence[Item]) -> list[Result]:
        began = self._clock()
        results = self._run(items)
        self._note_alone(items, self._clock() - began)
        return results

    def _note_alone(self, items: Sequence[Item], seconds: float) -> None:
        length = sum(map(self._length, items))
        self._short = max(self._short, length) if seconds <= _SHORT else min(self._short, length - 1)

    @property
    def waiting(self) -> int:
        """Requests in the queue, without those that were given up."""
        return len({id(place.request) for place in self._waiting if not place.request.answer.done()})

    @property
    def busy_seconds(self) -> float:
        """Age of the oldest run under way, in seconds; 0 when idle."""
        return self._clock() - min(self._began) if self._began else 0.0

    async def work(self) -> None:
        """Serve the queue until cancelled. A failing run fails its own requests and nothing else."""
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._workers):
                    workers.create_task(self._work())
        finally:
            self._threads.shutdown(wait=False, cancel_futures=True)
            for place in self._waiting:
                place.request.answer.cancel()

    async def _work(self) -> None:
        shared = 0
        while True:
            await self._free.wait()
            if shared > 1 and len(self._waiting) < shared:
                await asyncio.sleep(self._policy.max_wait)
            batch = self._next()
            shared = len(batch)
            if batch:
                await self._serve(batch)
            else:
                self._look()

    def _look(self) -> None:
        """Let workers begin where something waits and no run has all cores."""
        if self._waiting and not self._alone:
            self._free.set()
        else:
            self._free.clear()

    def _next(self) -> list[_Place[Item, Result]]:
        """Take the batch with the oldest item, or the part of it that leaves no core idle."""
        self._waiting = [place for place in self._waiting if not place.request.answer.done()]
        if self._alone or not self._waiting:
            return []
        looked_at = list(islice(self._waiting, 2 * self._workers * self._policy.max_batch_size))
        batches = cut([place.length for place in looked_at], self._policy)
        oldest = next(batch for batch in batches if 0 in batch)
        if len(batches) == 1:
            oldest = self._part(oldest, looked_at)
        taken = [looked_at[index] for index in oldest]
        left_out = set(map(id, taken))
        self._waiting = [place for place in self._waiting if id(place) not in left_out]
        return taken

    def _part(self, batch: list[int], places: list[_Place[Item, Result]]) -> list[int]:
        """Give the part of the only batch, with the oldest item, that is one idle worker's share."""
        idle = self._workers - len(self._began)
        size = -(-len(batch) // idle)
        if size * places[batch[-1]].length < 2 * _START:
            return batch
        first = batch.index(0) // size * size
        return batch[first : first + size]

    async def _serve(self, batch: list[_Place[Item, Result]]) -> None:
        began = self._clock()
        self._alone = not self._began and not self._waiting
        self._began.append(began)
        self._look()
        try:
            await self._serve_batch(batch, self._run if self._alone else self._beside)
        finally:
            self._began.remove(began)
            self._alone = False
            self._look()

    async def _serve_batch(self, batch: list[_Place[Item, Result]], run: Run[Item, Result]) -> None:
        items, began, alone = [place.item for place in batch], self._clock(), self._alone
        try:
            results = await asyncio.get_running_loop().run_in_executor(self._threads, run, items)
        except Exception as error:  # noqa: BLE001 - whoever waits for this batch is told
            for place in batch:
                place.request.fail(error)
        else:
            if alone:
                self._note_alone(items, self._clock() - began)
            for place, result in zip(batch, results, strict=True):
                place.request.take(place.index, result)
