"""Work goes on for as long as its caller is there."""

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from tenfold_runtime.leaving import while_connected


async def stays():
    await asyncio.Event().wait()


async def leaves():
    return {"type": "http.disconnect"}


async def test_who_stays_is_answered():
    assert await while_connected(stays, asyncio.sleep(0.1, "done")) == "done"


async def test_who_leaves_ends_the_work():
    ended = asyncio.Event()

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(ClientDisconnect):
        await while_connected(leaves, work())
    assert ended.is_set()
    await asyncio.sleep(0)  # it was no cancellation of ours


async def test_what_fails_fails_as_it_does():
    async def work():
        raise ValueError("no such label")

    with pytest.raises(ValueError, match="no such label"):
        await while_connected(stays, work())


async def test_a_cancellation_from_elsewhere_stays_one():
    waiting = asyncio.create_task(while_connected(stays, stays()))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
