import asyncio
from contextlib import asynccontextmanager

import pytest

from tenfold_operator.errors import ClusterError
from tenfold_operator.metrics import Metrics
from tenfold_operator.work_queue import WorkQueue


@asynccontextmanager
async def working(look, workers=2):
    queue = WorkQueue(workers, Metrics())
    queue.start(look)
    yield queue
    await queue.stop()


async def test_a_key_that_waits_is_looked_at_once():
    looks = []

    async def look(key):
        looks.append(key)

    async with working(look) as queue:
        for key in "aba":
            queue.add(key)
        await queue.settled()
    assert looks == ["a", "b"]


async def test_what_happens_during_a_look_brings_another_one():
    looks, queue = [], WorkQueue(2, Metrics())

    async def look(key):
        looks.append(key)
        if len(looks) == 1:
            queue.add(key)
            await asyncio.sleep(0)
            assert len(looks) == 1  # the second look waits for the end of the first

    queue.start(look)
    queue.add("a")
    await queue.settled()
    await queue.stop()
    assert looks == ["a", "a"]


@pytest.mark.parametrize("error", [ClusterError("down"), ValueError("a bug")])
async def test_a_look_that_failed_is_repeated(error):
    looks, done = [], asyncio.Event()

    async def look(key):
        looks.append(key)
        if len(looks) < 2:
            raise error
        done.set()

    async with working(look) as queue:
        queue.add("a")
        await asyncio.wait_for(done.wait(), 5)


async def test_a_look_may_ask_for_another_one_later():
    looks, done = [], asyncio.Event()

    async def look(key):
        looks.append(key)
        if len(looks) == 3:
            done.set()
            return None
        return 0.01

    async with working(look) as queue:
        queue.add("a")
        await asyncio.wait_for(done.wait(), 5)


async def test_a_key_that_takes_long_does_not_hold_up_others():
    done = asyncio.Event()

    async def look(key):
        if key == "slow":
            await done.wait()
        done.set()

    async with working(look) as queue:
        queue.add("slow")
        queue.add("quick")
        await asyncio.wait_for(queue.settled(), 5)
