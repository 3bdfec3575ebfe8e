"""Lone, short requests are answered without a task, and as the application answers them."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from gateway_sockets import listening
from served import BuildHere, settings
from tenfold_runtime.predictor import Predictor
from tenfold_runtime.server import server
from tenfold_runtime.service import Service

SHORT = {"inputs": "hello hello hello hello"}


class Calls:
    """Notes who answered: the application predicts, the shortest way does so at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        for name in ("predict", "at_once"):
            monkeypatch.setattr(Predictor, name, self._noting(name, getattr(Predictor, name)))

    def _noting(self, name, method):
        def noted(*arguments):
            self.made.append(name)
            return method(*arguments)

        return noted


@pytest.fixture
def calls(monkeypatch) -> Calls:
    return Calls(monkeypatch)


@pytest.fixture
async def client(classifier, tmp_path, monkeypatch) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setattr("tenfold_runtime.batching._SHORT", 60.0)  # however busy the machine is
    service = Service(settings(classifier, tmp_path), BuildHere())
    async with listening(server(service)) as url, httpx2.AsyncClient(base_url=url) as client:
        async with asyncio.timeout(60):
            while service.predictor is None:  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(0.01)
        yield client


async def test_a_lone_request_is_answered_at_once_as_the_application_answers(client, calls):
    first, second = [await client.post("/", json=SHORT, headers={"x-request-id": "mine"}) for _ in range(2)]

    assert calls.made == ["predict", "at_once"]
    assert first.json() == second.json()
    different = {"x-compute-time", "date"}
    assert {key: value for key, value in first.headers.items() if key not in different} == {
        key: value for key, value in second.headers.items() if key not in different
    }


async def test_a_request_without_an_id_gets_one(client):
    ids = {(await client.post("/", json=SHORT)).headers["x-request-id"] for _ in range(3)}

    assert len(ids) == 3


@pytest.mark.parametrize(
    ("body", "problem"),
    [(b'{"inputs": 3', "not valid JSON"), (b'{"inputs": "a", "parameters": {"x": 1}}', "unknown parameter")],
)
async def test_what_is_wrong_is_refused_with_its_reason(client, calls, body, problem):
    await client.post("/", json=SHORT)

    answer = await client.post("/", content=body)

    assert answer.status_code == 400
    assert problem in str(answer.json()["error"])
    assert calls.made == ["predict", "at_once", "predict"]


async def test_longer_bodies_go_to_the_application(client, calls):
    await client.post("/", json=SHORT)

    await client.post("/", json={"inputs": "hello " * 100})

    assert calls.made == ["predict", "predict"]


async def test_requests_that_arrive_together_are_all_answered(client, calls):
    await client.post("/", json=SHORT)

    answers = await asyncio.gather(*(client.post("/", json=SHORT) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert len(calls.made) >= 21


async def test_a_request_that_fails_unforeseen_is_told_so(client, monkeypatch):
    await client.post("/", json=SHORT)
    monkeypatch.setattr("tenfold_runtime.predictor.read", lambda *_: 1 / 0)

    answer = await client.post("/", json=SHORT)

    assert answer.status_code == 500
    assert "the model failed" in str(answer.json()["error"])


async def test_answers_at_once_are_counted(client):
    for _ in range(3):
        await client.post("/", json=SHORT)

    assert "tenfold_runtime_request_seconds_count 3.0" in (await client.get("/metrics")).text
