"""Streams are written as they come, without a task, and as the application writes them."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from threading import Event

import httpx2
import pytest

import tiny_decoders
from short_way import Calls, counted, runtime
from tenfold_api.http.exchange import Exchange, Head
from tenfold_runtime.generation.decoder import Decoder
from tenfold_runtime.generation.errors import GenerationFailed
from tenfold_runtime.generation.generator import Generator
from tenfold_runtime.streaming import Streamed

PARAMETERS = {"max_new_tokens": 5}
ASKED = {
    "/": {"inputs": "hello there", "stream": True, "parameters": PARAMETERS},
    "/generate_stream": {"inputs": "hello there", "parameters": PARAMETERS},
    "/v1/completions": {"prompt": "hello there", "stream": True, "max_tokens": 5, "temperature": 0},
    "/v1/chat/completions": {
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 5,
        "temperature": 0,
    },
}
paths = pytest.mark.parametrize("path", ASKED)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    return tiny_decoders.make(tmp_path_factory.mktemp("models") / "llama", "llama")


@pytest.fixture
def calls(monkeypatch) -> Calls:
    return Calls(monkeypatch, Generator, "predict", "call")


class Gate:
    """Holds the network up while it is closed, and lets it fail."""

    def __init__(self, monkeypatch) -> None:
        self.opened = Event()
        self.opened.set()
        self.left = 1000
        """Runs that do not fail."""
        run = Decoder.run

        def held(*arguments):
            assert self.opened.wait(60)
            self.left -= 1
            return run(*arguments) if self.left >= 0 else 1 / 0

        monkeypatch.setattr(Decoder, "run", held)


@pytest.fixture
def gate(monkeypatch):
    made = Gate(monkeypatch)
    yield made
    made.opened.set()


@pytest.fixture
async def client(decoder, tmp_path, calls, gate, request) -> AsyncIterator[httpx2.AsyncClient]:
    async with runtime(decoder, tmp_path, **getattr(request, "param", {})) as client:
        yield client


def padded(body) -> bytes:
    """Give a body that is too large for the short way."""
    return json.dumps(body).encode() + 9000 * b" "


def steady(text: str) -> str:
    """Give an answer without what is another for each."""
    return re.sub(r'"(id|created)":("[^"]*"|\d+)', "", text)


@paths
async def test_a_stream_is_what_the_application_makes_of_it(client, calls, path):
    mine = {"x-request-id": "mine"}
    short = await client.post(path, json=ASKED[path], headers=mine)
    taken = list(calls.made)

    long = await client.post(path, content=padded(ASKED[path]), headers=mine)

    assert (taken, len(calls.made)) == ([], 1)
    assert steady(short.text) == steady(long.text)
    assert short.headers == long.headers


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {"inputs": "hello", "parameters": PARAMETERS}),
        ("/", {"inputs": {"text": "hello"}, "stream": True}),
        ("/", {"inputs": "hello", "stream": False, "parameters": PARAMETERS}),
        (
            "/generate_stream",
            {"inputs": "hello", "parameters": {**PARAMETERS, "grammar": {"type": "regex", "value": "a"}}},
        ),
        ("/v1/completions", {"prompt": "hello", "max_tokens": 5}),
    ],
)
async def test_what_is_no_stream_or_needs_a_thread_goes_to_the_application(client, calls, path, body):
    await client.post(path, json=body)

    assert len(calls.made) == 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/", {"inputs": "hello", "stream": True, "parameters": {"max_new_tokens": 5000}}, 422),
        ("/", {"inputs": "hello", "stream": True, "parameters": {"best_of": 2}}, 422),
        ("/v1/completions", {"prompt": "hello", "echo": True, "stream": True}, 422),
        ("/elsewhere", {"inputs": "hello", "stream": True}, 404),
    ],
)
async def test_what_is_wrong_is_refused(client, path, body, status):
    answer = await client.post(path, json=body)

    assert answer.status_code == status
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/", {"error": "Request failed during generation", "error_type": "generation"}),
        ("/v1/completions", None),
    ],
)
async def test_a_failure_before_the_first_token_has_a_status(client, gate, path, told):
    gate.left = 0

    answer = await client.post(path, json=ASKED[path])

    assert answer.status_code == 500
    assert answer.json() == (told or GenerationFailed("Request failed during generation").as_openai())


async def test_a_later_failure_is_the_last_event(client, gate):
    gate.left = 3

    answer = await client.post("/", json=ASKED["/"])

    *tokens, last = answer.text.strip().split("\n\n")
    assert (answer.status_code, len(tokens)) == (200, 3)
    assert json.loads(last.removeprefix("data:"))["error_type"] == "generation"


@pytest.mark.parametrize("client", [{"limits": {"timeout": "500ms"}}], indirect=True)
async def test_a_text_that_takes_too_long_is_told_so(client, gate):
    gate.opened.clear()

    answer = await client.post("/", json=ASKED["/"])

    assert answer.status_code == 504
    assert "too busy" in answer.json()["error"]


async def test_who_hangs_up_leaves_the_place_and_is_counted_no_more(client, gate):
    gate.opened.clear()
    asking = asyncio.create_task(client.post("/", json=ASKED["/"]))
    await counted(client, "tenfold_runtime_requests_in_flight 1.0")

    asking.cancel()

    await counted(client, "tenfold_runtime_requests_in_flight 0.0")


async def test_streams_are_counted(client):
    await client.post("/", json=ASKED["/"])

    told = (await client.get("/metrics")).text
    assert "tenfold_runtime_request_seconds_count 1.0" in told
    assert "tenfold_runtime_requests_in_flight 0.0" in told


class Line:
    """A connection whose caller reads when the test says so."""

    common_lines = b""
    is_full = False

    def __init__(self) -> None:
        self.written = b""
        self.ended = 0

    def write(self, data: bytes) -> None:
        self.written += data

    def answered(self, *, keeps_connection: bool) -> None:
        self.ended += 1


class Told:
    """A stream that the test tells."""

    characters = 5
    left = False

    def tell(self, heard) -> None:
        self.heard = heard

    def leave(self) -> None:
        self.left = True


class Counted:
    def __init__(self) -> None:
        self.flying = self.answers = 0

    def began(self) -> None:
        self.flying += 1

    def ended(self) -> None:
        self.flying -= 1

    def took(self, seconds: float) -> None:
        self.answers += 1


@pytest.fixture
def streamed():
    """A stream that has begun: its connection, its exchange, what is told of it, and what is counted."""
    line, told, metrics = Line(), Told(), Counted()
    exchange = Exchange(Head(b"POST", b"/", "1.1", {}), line, keeps_connection=True, expects=False)
    Streamed(exchange, told, [(b"a", b"b")], lambda error: None, metrics)
    return line, exchange, told, metrics


def test_what_a_caller_has_no_room_for_is_written_once_there_is(streamed):
    line, exchange, told, _ = streamed
    told.heard(b"one", True)
    line.is_full = True
    told.heard(b"two", True)
    told.heard(b"three", False)
    before = line.written

    line.is_full = False
    exchange.on_room()

    assert before.endswith(b"3\r\none\r\n")
    assert line.written.removeprefix(before) == b"3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"


def test_a_stream_ends_once(streamed):
    line, exchange, told, metrics = streamed

    told.heard(b"all", False)

    assert (line.ended, metrics.flying, metrics.answers) == (1, 0, 1)
    assert exchange.on_left is exchange.on_room is None


def test_nothing_is_written_to_a_caller_who_left(streamed):
    line, exchange, told, metrics = streamed
    told.heard(b"one", True)
    before = line.written

    exchange.leave()
    told.heard(b"two", True)

    assert (told.left, metrics.flying) == (True, 0)
    assert line.written == before
