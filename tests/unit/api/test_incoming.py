"""HTTP/1.1 as callers speak it, in good order and in bad, on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway_sockets import listening
from tenfold_api.http.exchange import Exchange, Head
from tenfold_api.http.sweep import Sweep
from tenfold_gateway import server as serving

GET = b"GET /%b HTTP/1.1\r\nhost: x\r\n\r\n"


async def echo(scope, receive, send) -> None:
    """Answer with the path, the query and the body; `/break` breaks off, `/raise` fails."""
    if scope["type"] == "lifespan":
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body, more = body + message["body"], message["more_body"]
    if scope["path"] == "/raise":
        raise RuntimeError("as the test wants it")
    said = f"{scope['path']} {scope['query_string'].decode()} ".encode() + body
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": said, "more_body": True})
    if scope["path"] != "/break":
        await send({"type": "http.response.body"})


class Caller:
    """Writes bytes, reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server) -> None:
        self.reader, self.writer, self.server = reader, writer, server

    def sees_the_server_stop(self) -> None:
        """Have every connection told so, as uvicorn does it."""
        for connection in list(self.server.server_state.connections):
            connection.shutdown()

    async def says(self, raw: bytes) -> bytes:
        """Give the next answer, to the end of its last chunk."""
        self.writer.write(raw)
        return await asyncio.wait_for(self.reader.readuntil(b"0\r\n\r\n"), 5)

    async def hears_the_end(self) -> bytes:
        """Give all that comes until the gateway hangs up."""
        return await asyncio.wait_for(self.reader.read(), 5)


@asynccontextmanager
async def calling(last=0.0) -> AsyncIterator[Caller]:
    server = serving.server(echo, drain=1, last=last)
    server.config.lifespan = "off"
    async with listening(server) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rsplit(":", 1)[1]))
        yield Caller(reader, writer, server)
        writer.close()


async def test_requests_of_one_connection_are_answered_in_their_order():
    async with calling() as caller:
        both = await caller.says(GET % b"a" + GET % b"b")
        assert b"/a" in both
        assert b"/b" in await caller.says(b"")


async def test_a_path_is_unquoted_and_its_query_is_not():
    async with calling() as caller:
        assert b"/a b x=%20 " in await caller.says(GET % b"a%20b?x=%20")


async def test_the_whole_url_is_taken_too():
    async with calling() as caller:
        assert b"/a " in await caller.says(b"GET http://x/a HTTP/1.1\r\nhost: x\r\n\r\n")


async def test_a_body_in_chunks_is_put_together():
    async with calling() as caller:
        head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        assert b"hello" in await caller.says(head + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")


async def test_who_waits_to_be_told_is_told_to_send_the_body():
    async with calling() as caller:
        head = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n"
        caller.writer.write(head)
        assert await caller.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert b"hello" in await caller.says(b"hello")


@pytest.mark.parametrize(
    "head",
    [b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", b"GET /a HTTP/1.0\r\n\r\n"],
    ids=["close", "1.0"],
)
async def test_a_caller_who_wants_no_more_is_hung_up_on(head):
    async with calling() as caller:
        caller.writer.write(head)
        said = await caller.hears_the_end()
        assert b"connection: close" in said and b"/a" in said


async def test_a_server_that_stops_answers_what_is_on_its_way_and_says_that_it_was_the_last():
    async with calling(last=5) as caller:
        await caller.says(GET % b"a")
        caller.sees_the_server_stop()
        caller.writer.write(GET % b"b")
        said = await caller.hears_the_end()
        assert b"connection: close" in said and b"/b" in said


@pytest.mark.parametrize("last", [0, 0.01], ids=["at once", "soon"])
async def test_who_says_nothing_to_a_server_that_stops_is_hung_up_on(last):
    async with calling(last) as caller:
        await caller.says(GET % b"a")
        caller.sees_the_server_stop()
        assert await caller.hears_the_end() == b""


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\na: " + b"b" * 70_000, b"431"),
        (b"GET /raise HTTP/1.1\r\nhost: x\r\n\r\n", b"500"),
    ],
    ids=["no HTTP", "two lengths", "a large head", "an error of ours"],
)
async def test_what_cannot_be_answered_is_refused_and_hung_up_on(raw, status):
    async with calling() as caller:
        caller.writer.write(raw)
        assert (await caller.hears_the_end()).startswith(b"HTTP/1.1 " + status)


async def test_an_answer_that_breaks_off_has_no_end():
    async with calling() as caller:
        caller.writer.write(GET % b"break")
        assert not (await caller.hears_the_end()).endswith(b"0\r\n\r\n")


async def test_an_upgrade_is_answered_as_if_it_were_none():
    async with calling() as caller:
        raw = b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
        assert b"/a" in await caller.says(raw)


class Line:
    """Notes what is written."""

    common_lines = b""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    async def drained(self) -> None: ...

    def answered(self, *, keeps_connection: bool) -> None: ...


def exchange(line: Line, method: str = "GET") -> Exchange:
    return Exchange(Head(method.encode(), b"/", "1.1", {}), line, keeps_connection=True, expects=False)


def start(**headers: str):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": 200, "headers": pairs}


async def test_a_line_break_in_a_header_is_not_sent():
    line = Line()
    with pytest.raises(ValueError, match="line break"):
        await exchange(line).send(start(a="b\r\nset-cookie: c"))
    assert line.written == b""


@pytest.mark.parametrize("body", [b"too long", b"x"])
async def test_an_answer_of_another_length_than_it_says_is_an_error(body):
    answer = exchange(Line())
    await answer.send(start(content_length="3"))
    with pytest.raises(ValueError, match="not as long"):
        await answer.send({"type": "http.response.body", "body": body})


class Connection:
    """Has a deadline, and notes that it was closed."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.closed = False

    def overdue(self) -> None:
        self.closed = True


async def test_the_sweep_closes_what_is_overdue_and_nothing_else(monkeypatch):
    now = asyncio.get_running_loop().time()
    sweep = Sweep(10, 30)
    late, busy = Connection(now - 1), Connection(float("inf"))
    for connection in (late, busy):
        sweep.add(connection)
    sweep._round()
    assert (late.closed, busy.closed) == (True, False)
    sweep.remove(late)
    sweep.remove(busy)


async def test_a_head_that_does_not_become_complete_is_given_up(monkeypatch):
    monkeypatch.setattr(serving, "_HEAD_SECONDS", 0.0)
    async with calling() as caller:
        caller.writer.write(b"GET / HTTP/1.1\r\nhost:")
        assert await caller.hears_the_end() == b""
