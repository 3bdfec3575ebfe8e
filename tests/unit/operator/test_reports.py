from dataclasses import replace

import aiohttp.web
import pytest

from tenfold_api.progress import RuntimeStatus, State
from tenfold_operator import pods, reports
from tenfold_operator.reports import OverHttp, Report, Reports


@pytest.fixture
def pod(make):
    return pods.parse(make.raw_pod())


def asking(*answers):
    """Give an asker with these answers, and the list of the pods that it asked."""
    asked, left = [], list(answers)

    async def ask(pod):
        asked.append(pod.name)
        return left.pop(0)

    return ask, asked


LOADING, READY = Report(RuntimeStatus(state=State.LOADING)), Report(RuntimeStatus(state=State.READY))


async def test_a_pod_that_loads_is_asked_every_time(pod):
    ask, _ = asking(LOADING, READY)
    known = Reports(ask)
    assert [await known.of("m", [pod]) for _ in range(2)] == [(LOADING,), (READY,)]


async def test_a_pod_that_has_said_its_last_word_is_not_asked(pod):
    ask, asked = asking(READY)
    known = Reports(ask)
    assert [await known.of("m", [pod]) for _ in range(2)] == [(READY,), (READY,)]
    assert len(asked) == 1


async def test_a_pod_that_restarts_is_asked_anew(make, pod):
    container = {"name": "runtime", "restartCount": 1, "state": {"running": {}}}
    restarted = pods.parse(make.raw_pod(containerStatuses=[container]))
    ask, _ = asking(READY, LOADING)
    known = Reports(ask)
    assert [await known.of("m", [each]) for each in (pod, restarted)] == [(READY,), (LOADING,)]


async def test_a_pod_that_does_not_answer_keeps_its_last_word(pod):
    ask, _ = asking(LOADING, None)
    known = Reports(ask)
    assert [await known.of("m", [pod]) for _ in range(2)] == [(LOADING,), (LOADING,)]


async def test_a_pod_that_does_not_run_is_not_asked(make):
    placed = pods.parse(make.raw_pod(containerStatuses=[]))
    ask, asked = asking()
    await Reports(ask).of("m", [placed])
    assert asked == []


def test_a_newer_runtime_may_say_more():
    report = reports.parse({"state": "ready", "loadSeconds": 2, "drift": 0.1, "speedup": 5, "mood": "good"})
    assert (report.status.load_seconds, report.drift, report.speedup) == (2, 0.1, 5)


@pytest.mark.parametrize("content", [{}, {"state": "fine"}, {"status": "ok"}])
def test_the_answer_of_another_server_is_none(content):
    assert reports.parse(content) is None


async def test_a_runtime_is_asked_over_http(pod):
    async def answer(request):
        return aiohttp.web.json_response({"state": "loading", "phase": "convert"})

    app = aiohttp.web.Application()
    app.router.add_get("/status", answer)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    ask = OverHttp(port)
    report = await ask(replace(pod, ip="127.0.0.1"))
    await ask.close()
    await runner.cleanup()
    assert report.status.phase == "convert"


async def test_a_runtime_that_is_not_there_is_none(pod):
    ask = OverHttp(1)
    assert await ask(replace(pod, ip="127.0.0.1")) is None
    await ask.close()
