"""Small requests are answered without a task, and as the application answers them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Event

import httpx2
import pytest

from short_way import Calls, counted, runtime
from tenfold_runtime.network import Network
from tenfold_runtime.predictor import Predictor

SHORT = {"inputs": "hello hello hello hello"}


@pytest.fixture
def calls(monkeypatch) -> Calls:
    return Calls(monkeypatch, Predictor, "predict", "at_once")


class Gate:
    """Holds runs up while it is closed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._opened = Event()
        self._opened.set()
        self.fails = False
        for name in ("run", "run_beside"):
            monkeypatch.setattr(Network, name, self._held(getattr(Network, name)))

    def _held(self, method):
        def held(*arguments):
            assert self._opened.wait(60)
            return 1 / 0 if self.fails else method(*arguments)

        return held

    def close(self) -> None:
        self._opened.clear()

    def open(self) -> None:
        self._opened.set()


@pytest.fixture
def gate(monkeypatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open()


@pytest.fixture
async def client(classifier, tmp_path, monkeypatch, gate, request) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setattr("tenfold_runtime.batching._SHORT", 60.0)  # however busy the machine is
    async with runtime(classifier, tmp_path, **getattr(request, "param", {})) as client:
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
    assert calls.made.count("predict") == 1  # the first


LONG = {"inputs": "hello " * 20}
LIMITED = pytest.mark.parametrize("client", [{"limits": {"timeout": "1s"}}], indirect=True)


@pytest.fixture
async def first(gate, client) -> AsyncIterator["asyncio.Task[httpx2.Response]"]:
    """A request whose run goes on for as long as the gate is closed: others find that they are not alone."""
    await client.post("/", json=SHORT)
    gate.close()
    going_on = asyncio.create_task(client.post("/", json=LONG))
    await counted(client, "in_flight 1.0")
    yield going_on
    gate.open()
    await going_on


async def waiting(client: httpx2.AsyncClient, count: int) -> None:
    """Wait until so many requests wait for their run."""
    await counted(client, f"requests_waiting {count}.0")


async def test_requests_that_share_a_run_are_answered_as_the_application_answers(gate, client, first, calls):
    asked = [asyncio.create_task(client.post("/", json=SHORT)) for _ in range(2)]
    await waiting(client, 2)
    gate.open()

    shared = [await one for one in asked]
    alone = await client.post("/", json=SHORT)

    assert calls.made == ["at_once"]
    assert [answer.json() for answer in shared] == [alone.json()] * 2
    assert shared[0].headers.keys() == alone.headers.keys()


@LIMITED
async def test_a_request_that_waits_too_long_is_told_so(client, first):
    answer = await client.post("/", json=SHORT, headers={"x-request-id": "mine"})

    assert answer.status_code == 504
    assert "unable to get response in less than" in answer.json()["error"]
    assert answer.headers["x-request-id"] == "mine"
    await waiting(client, 0)


async def test_who_hangs_up_waits_no_longer(client, first):
    asked = asyncio.create_task(client.post("/", json=SHORT))
    await waiting(client, 1)

    asked.cancel()

    await waiting(client, 0)


async def test_a_shared_run_that_fails_is_told(gate, client, first):
    asked = asyncio.create_task(client.post("/", json=SHORT))
    await waiting(client, 1)
    gate.fails = True
    gate.open()

    answer = await asked

    assert answer.status_code == 500
    assert "the model failed" in str(answer.json()["error"])


@pytest.mark.parametrize("client", [{"limits": {"maxQueue": 1}}], indirect=True)
async def test_a_full_queue_is_told(gate, client, first):
    asked = asyncio.create_task(client.post("/", json=SHORT))
    await waiting(client, 1)

    refused = await client.post("/", json=SHORT)
    gate.open()

    assert refused.status_code == 429
    assert (await asked).status_code == 200


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
