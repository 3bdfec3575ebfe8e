"""The head and the body of an answer leave together, and nothing of it is lost."""

import asyncio

import uvicorn

from gateway_sockets import listening
from tenfold_runtime.one_write import Gathering, OneWriteProtocol

BODIES = [b"%d " % number * 10_000 for number in range(50)]


class Transport:
    """Notes what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def test_what_is_written_in_one_turn_leaves_together_and_in_order():
    transport = Transport()
    gathering = Gathering(transport, asyncio.get_running_loop())
    for turn in (b"ab", b"cd"):
        gathering.write(turn[:1])
        gathering.write(turn[1:])
        await asyncio.sleep(0)
    assert transport.written == [b"ab", b"cd"]


async def test_what_was_written_leaves_before_the_end():
    transport = Transport()
    gathering = Gathering(transport, asyncio.get_running_loop())
    gathering.write(b"bye")
    gathering.close()
    await asyncio.sleep(0)
    assert (transport.written, gathering.is_closing()) == ([b"bye"], True)


async def streaming(scope, receive, send) -> None:
    length = (b"content-length", b"%d" % sum(map(len, BODIES)))
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    for body in BODIES:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def test_a_long_answer_arrives_whole():
    config = uvicorn.Config(streaming, http=OneWriteProtocol, lifespan="off", log_config=None)
    async with listening(uvicorn.Server(config)) as url:
        reader, writer = await asyncio.open_connection(*url.removeprefix("http://").split(":"))
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        said = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert said.partition(b"\r\n\r\n")[2] == b"".join(BODIES)
