"""A herd wakes a model once; a wake-up that got lost is repeated."""

import asyncio
import logging

from gateway_world import FakeWaker
from tenfold_gateway.waking import Waking


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def nudged(waking: Waking, times: int = 1) -> None:
    for _ in range(times):
        waking.nudge("m")
        await asyncio.sleep(0)


async def test_a_herd_wakes_once():
    waker = FakeWaker()
    await nudged(Waking(waker), times=10)
    assert waker.woken == ["m"]


async def test_a_model_that_stays_down_is_woken_again_after_a_while():
    waker, clock = FakeWaker(), Clock()
    waking = Waking(waker, again_after=5.0, clock=clock)
    await nudged(waking)
    clock.now = 5.1
    await nudged(waking)
    assert waker.woken == ["m", "m"]


async def test_the_age_counts_from_the_first_call():
    clock = Clock()
    waking = Waking(FakeWaker(), clock=clock)
    assert waking.age("m") == 0.0
    await nudged(waking)
    clock.now = 3.0
    await nudged(waking)
    assert waking.age("m") == 3.0


async def test_a_waker_that_fails_is_called_again_by_the_next_caller(caplog):
    async def then(model_id: str) -> None:
        raise ConnectionError("the API server is away")

    waker = FakeWaker()
    waker.then = then
    waking = Waking(waker)
    with caplog.at_level(logging.ERROR):
        await nudged(waking, times=2)
    assert (waker.woken, "Failed to wake m" in caplog.text) == (["m", "m"], True)


async def test_closing_ends_a_wake_up_that_is_under_way():
    async def then(model_id: str) -> None:
        await asyncio.Event().wait()

    waker = FakeWaker()
    waker.then = then
    waking = Waking(waker)
    await nudged(waking)
    async with asyncio.timeout(1):
        await waking.close()
