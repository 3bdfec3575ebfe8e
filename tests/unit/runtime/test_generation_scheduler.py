"""The scheduler: a bounded queue, places that are given back, and failures that reach whoever waits."""

import asyncio
import threading
import time
from contextlib import asynccontextmanager, suppress

import pytest

from tenfold_runtime.errors import Overloaded
from tenfold_runtime.generation.batch import Turn
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.scheduler import Scheduler
from tenfold_runtime.generation.sequence import Finish, Generation, Wish, whole


class Silent:
    """Tokens without a text."""

    special = frozenset()

    def decode(self, ids):
        return ""


class Places:
    """A batch that gives everyone token 1, in as many places as it has."""

    def __init__(self, places=2):
        self.places = places
        self.inside = []
        self.open = threading.Event()
        self.open.set()
        self.error = None

    def fits(self, joining):
        return len(self.inside) + len(joining) <= self.places

    def turn(self, joining, leaving):
        assert self.open.wait(10)
        self.inside = [one for one in (*self.inside, *joining) if one not in leaving]
        if self.error is not None:
            failed, self.inside = self.inside, []
            return Turn(failed=[(one, self.error) for one in failed])
        return Turn([(one, Chosen(1, -0.5)) for one in self.inside])


@asynccontextmanager
async def scheduling(batch, max_queue=8, **options):
    scheduler = Scheduler(batch, max_queue, **options)
    working = asyncio.create_task(scheduler.work())
    yield scheduler
    batch.open.set()
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def begun(scheduler, most=3, **wish):
    generation = Generation(Wish([5], most, **wish), Silent())
    scheduler.submit(generation)
    return generation


def heard(generation):
    """Give the queue of what is told of a text."""
    queue = asyncio.Queue()
    generation.listen(queue.put_nowait)
    return queue


async def test_everyone_gets_all_tokens_however_few_places_there_are():
    async with scheduling(Places(2)) as scheduler:
        texts = await asyncio.gather(*(whole(begun(scheduler, most)) for most in (3, 1, 5, 2)))

    assert [len(text.pieces) for text in texts] == [3, 1, 5, 2]


async def test_a_full_queue_refuses_at_once():
    async with scheduling(Places(), max_queue=1) as scheduler:
        begun(scheduler)

        with pytest.raises(Overloaded):
            begun(scheduler)


async def test_hanging_up_gives_the_place_to_the_next():
    async with scheduling(Places(1)) as scheduler:
        endless = begun(scheduler, most=10**9)
        await heard(endless).get()
        endless.gone = True

        text = await whole(begun(scheduler))

    assert len(text.pieces) == 3


async def test_whoever_hangs_up_in_the_queue_never_gets_a_place():
    async with scheduling(Places(1)) as scheduler:
        first, hung_up, last = begun(scheduler), begun(scheduler), begun(scheduler)
        hung_up.gone = True

        await asyncio.gather(whole(first), whole(last))

    assert hung_up.produced == []


async def test_a_failure_reaches_those_who_were_inside_and_the_next_are_served():
    batch = Places()
    batch.error = RuntimeError("broken")
    async with scheduling(batch) as scheduler:
        with pytest.raises(RuntimeError):
            await whole(begun(scheduler))
        batch.error = None

        assert (await whole(begun(scheduler))).finish is Finish.LENGTH


async def test_a_token_that_cannot_be_taken_up_ends_its_own_text_alone():
    async with scheduling(Places()) as scheduler:
        bad, good = begun(scheduler), begun(scheduler)
        bad.take = lambda chosen, out_of_time: (_ for _ in ()).throw(ValueError("no such token"))

        with pytest.raises(ValueError, match="no such token"):
            await whole(bad)
        assert len((await whole(good)).pieces) == 3


async def test_the_network_does_not_run_far_ahead_of_an_event_loop_that_is_busy():
    async with scheduling(Places()) as scheduler:
        generation = begun(scheduler, most=10**9)
        await heard(generation).get()

        time.sleep(0.2)  # noqa: ASYNC251 - the event loop does something else

        before = len(generation.produced)
        time.sleep(0.1)  # noqa: ASYNC251
        assert len(generation.produced) == before


async def test_time_for_a_text_runs_from_its_start():
    times = iter(range(1000))
    async with scheduling(Places(), clock=lambda: next(times)) as scheduler:
        text = await whole(begun(scheduler, most=10**9, seconds=20.0))

    assert 1 < len(text.pieces) < 20


async def test_whoever_waits_when_the_work_ends_is_told():
    batch = Places()
    async with scheduling(batch) as scheduler:
        waiting = begun(scheduler, most=10**9)
        pieces = heard(waiting)
        await pieces.get()

    told = [pieces.get_nowait() for _ in range(pieces.qsize())]
    assert isinstance(told[-1], Overloaded)
