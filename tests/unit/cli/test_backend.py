"""Models come up, die, come back and sleep; the route table always tells where they are."""

import asyncio
import os
import signal

import aiohttp
import pytest

from cli_world import MODEL, ends, has_failed, is_asleep, is_ready, model, pids, serving
from tenfold_api.progress import LoadPhase, State

ASLEEP = {"minReplicas": 0}


async def test_a_model_that_is_ready_has_a_replica_that_answers(tmp_path):
    async with serving(model(), cache=tmp_path) as world:
        route = await world.until(is_ready)
        async with aiohttp.request("POST", route.replicas[0].url, data=b"{}") as answer:
            assert answer.status == 200


async def test_a_model_that_loads_tells_how_far_it_is(tmp_path):
    async with serving(model(GATE=tmp_path / "gate"), cache=tmp_path) as world:
        route = await world.until(lambda route: route.status.phase is LoadPhase.CONVERT)
        assert route.status.state is State.LOADING and not route.settled
        (tmp_path / "gate").touch()
        await world.until(is_ready)


async def test_a_model_is_in_the_table_before_its_runtime_runs(tmp_path):
    async with serving(model(), model("tests/asleep", autoscaling=ASLEEP), cache=tmp_path) as world:
        assert world.route().status.phase is LoadPhase.START
        assert is_asleep(world.route("tests/asleep"))


async def test_every_completed_load_is_told(tmp_path):
    async with serving(model(), cache=tmp_path) as world:
        await world.until(is_ready)
        assert world.loads == [MODEL]


async def test_a_runtime_that_dies_leaves_the_table_and_comes_back(tmp_path):
    async with serving(model(DIARY=tmp_path / "diary"), cache=tmp_path) as world:
        first = await world.until(is_ready)
        os.kill(pids(tmp_path / "diary")[0], signal.SIGKILL)
        await world.until(lambda route: not route.replicas)
        again = await world.until(is_ready)
    assert again.replicas != first.replicas


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("crash", "the runtime ended with status 7: out of luck (5 times in a row)"),
        ("kill", "the runtime was killed, probably out of memory (5 times in a row)"),
    ],
)
async def test_a_runtime_that_never_gets_ready_is_given_up(tmp_path, behaviour, words):
    async with serving(model(BEHAVIOUR=behaviour, DIARY=tmp_path / "diary"), cache=tmp_path) as world:
        failure = (await world.until(has_failed)).failure
    assert (failure.status, failure.reason, failure.message) == (500, "CrashLoop", words)
    assert len(pids(tmp_path / "diary")) == 5


async def test_a_command_that_is_not_there_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("cli_world.FAKE", (str(tmp_path / "nothing"),))
    async with serving(model(), cache=tmp_path) as world:
        assert "No such file" in (await world.until(has_failed)).failure.message


async def test_a_model_that_can_never_load_fails_with_its_own_reason(tmp_path):
    async with serving(model(BEHAVIOUR="fail", DIARY=tmp_path / "diary"), cache=tmp_path) as world:
        failure = (await world.until(has_failed)).failure
        assert (failure.status, failure.reason) == (404, "ModelNotFound")
        assert await asyncio.to_thread(ends, *pids(tmp_path / "diary"))


async def test_a_hundred_callers_wake_a_model_once(tmp_path):
    asleep = model(DIARY=tmp_path / "diary", autoscaling=ASLEEP)
    async with serving(asleep, cache=tmp_path) as world:
        await asyncio.gather(*(world.backend.wake(MODEL) for _ in range(100)))
        await world.until(is_ready)
        await world.backend.wake(MODEL)
    assert len(pids(tmp_path / "diary")) == 1


async def test_a_model_that_nobody_asks_goes_to_sleep_and_wakes_again(tmp_path):
    idle = model(DIARY=tmp_path / "diary", autoscaling={"minReplicas": 0, "idleAfter": "50ms"})
    async with serving(idle, cache=tmp_path) as world:
        await world.backend.wake(MODEL)
        await world.until(is_ready)
        await world.until(is_asleep)
        assert await asyncio.to_thread(ends, *pids(tmp_path / "diary"))
        await world.backend.wake(MODEL)
        await world.until(is_ready)


async def test_a_model_that_is_asked_stays_awake(tmp_path):
    used = model(DIARY=tmp_path / "diary", autoscaling={"minReplicas": 0, "idleAfter": "1h"})
    async with serving(used, cache=tmp_path) as world:
        await world.backend.wake(MODEL)
        await world.until(is_ready)
        await world.table.wait(MODEL, is_asleep, 0.3)
        assert is_ready(world.route())


async def test_a_stop_leaves_no_process(tmp_path):
    async with serving(model(DIARY=tmp_path / "diary"), cache=tmp_path) as world:
        await world.until(is_ready)
    assert ends(*pids(tmp_path / "diary"), seconds=0)


async def test_a_stop_while_a_model_loads_leaves_no_process(tmp_path):
    loading = model(DIARY=tmp_path / "diary", GATE=tmp_path / "gate")
    async with serving(loading, cache=tmp_path) as world:
        await world.until(lambda route: route.status.phase is LoadPhase.CONVERT)
    assert ends(*pids(tmp_path / "diary"), seconds=0)


async def test_a_stop_while_a_model_is_put_to_sleep_leaves_no_process(tmp_path):
    idle = model(DIARY=tmp_path / "diary", autoscaling={"minReplicas": 0, "idleAfter": "1ms"})
    async with serving(idle, cache=tmp_path) as world:
        await world.backend.wake(MODEL)
        await world.until(is_ready)
        await world.until(is_asleep)
    assert ends(*pids(tmp_path / "diary"), seconds=0)


async def test_what_does_not_listen_is_killed_with_all_that_it_started(tmp_path):
    stubborn = model(DIARY=tmp_path / "diary", STUBBORN=1)
    async with serving(stubborn, cache=tmp_path, stop_seconds=0.1) as world:
        await world.until(is_ready)
    started = pids(tmp_path / "diary")
    assert len(started) == 2 and all(map(ends, started))


async def test_what_a_dead_runtime_started_dies_too(tmp_path):
    stubborn = model(DIARY=tmp_path / "diary", STUBBORN=1)
    async with serving(stubborn, cache=tmp_path, stop_seconds=0.1) as world:
        await world.until(is_ready)
        runtime, child = pids(tmp_path / "diary")
        os.kill(runtime, signal.SIGKILL)
        assert await asyncio.to_thread(ends, child)
