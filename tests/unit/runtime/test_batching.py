"""Requests gather while the network is busy, and nothing is lost."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold_runtime.batching import Batcher, Policy, cut
from tenfold_runtime.errors import Overloaded


@asynccontextmanager
async def working(run, policy=Policy(), length=len, **beside):  # noqa: B008 - frozen
    batcher = Batcher(run, policy, length, **beside)
    task = asyncio.create_task(batcher.work())
    yield batcher
    task.cancel()


def upper(texts):
    return [text.upper() for text in texts]


async def test_a_request_gets_its_results_in_order():
    async with working(upper) as batcher:
        assert await batcher.submit(["long one", "b", "middle"]) == ["LONG ONE", "B", "MIDDLE"]


class Gate:
    """A run that waits until it is let go, and remembers its batches."""

    def __init__(self):
        self.open = threading.Event()
        self.started = threading.Event()
        self.batches = []

    def __call__(self, texts):
        self.started.set()
        assert self.open.wait(10)
        self.batches.append(list(texts))
        return upper(texts)


async def behind_a_gate(batcher, gate, texts):
    """Submit texts one request each while a first request holds the network."""
    first = asyncio.create_task(batcher.submit(["first"]))
    await asyncio.to_thread(gate.started.wait, 10)
    waiting = [asyncio.create_task(batcher.submit([text])) for text in texts]
    await asyncio.sleep(0)
    return first, waiting


async def test_requests_that_arrive_during_a_run_share_the_next_one():
    gate = Gate()
    async with working(gate) as batcher:
        first, waiting = await behind_a_gate(batcher, gate, ["a", "b", "c"])
        gate.open.set()
        await asyncio.gather(first, *waiting)

    assert gate.batches == [["first"], ["a", "b", "c"]]


async def test_a_full_queue_refuses_at_once():
    gate = Gate()
    async with working(gate, Policy(max_queue=2)) as batcher:
        first, waiting = await behind_a_gate(batcher, gate, ["a", "b"])

        with pytest.raises(Overloaded):
            await batcher.submit(["one too many"])

        gate.open.set()
        await asyncio.gather(first, *waiting)


async def test_a_caller_that_left_is_not_run_for():
    gate = Gate()
    async with working(gate) as batcher:
        first, (gone, stays) = await behind_a_gate(batcher, gate, ["gone", "stays"])
        gone.cancel()
        gate.open.set()
        await asyncio.gather(first, stays)

    assert gate.batches == [["first"], ["stays"]]


async def test_a_failing_run_fails_its_requests_and_the_next_one_is_served():
    def fragile(texts):
        if "bad" in texts:
            raise ValueError("bad text")
        return upper(texts)

    async with working(fragile) as batcher:
        with pytest.raises(ValueError, match="bad text"):
            await batcher.submit(["bad"])

        assert await batcher.submit(["good"]) == ["GOOD"]


async def test_a_lone_request_has_all_cores():
    on_one_core = []
    async with working(upper, beside=on_one_core.append, workers=2) as batcher:
        assert await batcher.submit(["a" * 100]) == ["A" * 100]

    assert on_one_core == []


class Clocked:
    """Runs that each take as long as the test says, on a clock of their own; notes what ran, and where."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self.seconds = list(seconds)
        self.on_the_loop: list[bool] = []
        self.batches: list[list[str]] = []

    def __call__(self, texts):
        self.now += self.seconds[min(len(self.batches), len(self.seconds) - 1)]
        self.on_the_loop.append(threading.current_thread() is threading.main_thread())
        self.batches.append(sorted(texts))
        return upper(texts)

    def clock(self) -> float:
        return self.now


async def test_a_lone_request_runs_on_the_event_loop_where_as_long_ones_were_short():
    run = Clocked(0.001)
    async with working(run, clock=run.clock) as batcher:
        for text in ("abc", "ab", "abcd"):
            await batcher.submit([text])

    assert run.on_the_loop == [False, True, False]


async def test_requests_that_arrive_together_share_a_run_however_short():
    run = Clocked(0.001)
    async with working(run, clock=run.clock) as batcher:
        await batcher.submit(["first"])
        await asyncio.gather(*(batcher.submit([text]) for text in "abc"))

    assert run.batches == [["first"], ["a", "b", "c"]]


async def test_where_a_run_was_long_the_next_one_does_not_hold_up_the_event_loop():
    run = Clocked(0.001, 0.007, 0.001)
    async with working(run, clock=run.clock) as batcher:
        for _ in range(4):
            await batcher.submit(["abc"])

    assert run.on_the_loop == [False, True, False, True]


async def test_batches_run_side_by_side_each_on_a_core_of_its_own():
    both = threading.Barrier(2, timeout=10)

    def meeting(texts):
        both.wait()
        return upper(texts)

    async with working(None, beside=meeting, workers=2) as batcher:
        short, long = ["a"] * 20, ["b" * 200]
        assert await batcher.submit(short + long) == upper(short + long)


async def test_what_fits_one_batch_is_shared_out_to_idle_cores():
    gate = Gate()
    gate.open.set()
    async with working(None, beside=gate, workers=2) as batcher:
        await batcher.submit(["a" * 40] * 8)

    assert [len(batch) for batch in gate.batches] == [4, 4]


async def test_nothing_runs_beside_a_run_that_has_all_cores():
    whole, single = Gate(), Gate()
    async with working(whole, beside=single, workers=2) as batcher:
        first, (other,) = await behind_a_gate(batcher, whole, ["a"])
        assert not single.started.wait(0.05)
        whole.open.set()
        await asyncio.gather(first, other)

    assert whole.batches == [["first"], ["a"]]


async def test_a_run_does_not_wait_for_callers_while_enough_others_wait():
    pairs = [["a" * length] * 2 for length in (3, 30, 300)]
    async with working(upper, Policy(max_wait=60.0)) as batcher, asyncio.timeout(10):
        answers = await asyncio.gather(*map(batcher.submit, pairs))

    assert answers == [upper(pair) for pair in pairs]


async def test_busy_seconds_tell_the_age_of_the_run_under_way():
    gate = Gate()
    async with working(gate) as batcher:
        assert batcher.busy_seconds == 0.0
        first, _ = await behind_a_gate(batcher, gate, [])
        assert batcher.busy_seconds > 0.0
        gate.open.set()
        await first


lengths = st.lists(st.integers(1, 512), min_size=1, max_size=200)


@given(lengths, st.integers(1, 64), st.integers(1, 4096))
def test_every_sequence_is_in_exactly_one_batch_within_the_limits(lengths, size, tokens):
    batches = cut(lengths, Policy(max_batch_size=size, max_batch_tokens=tokens))

    assert sorted(index for batch in batches for index in batch) == list(range(len(lengths)))
    assert all(within(batch, lengths, size, tokens) for batch in batches)


def within(batch, lengths, size, tokens):
    padded = len(batch) * max(lengths[index] for index in batch)
    return len(batch) == 1 or (len(batch) <= size and padded <= tokens)


def test_short_sequences_are_not_padded_to_long_ones():
    assert cut([10, 60, 11, 61, 12], Policy()) == [[0, 2, 4], [1, 3]]


def test_like_lengths_share_a_batch():
    assert cut([500, 4, 508, 5], Policy(max_batch_size=2, max_batch_tokens=2000)) == [[1, 3], [0, 2]]
