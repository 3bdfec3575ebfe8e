"""What is written in one turn of the event loop goes out at one go, and nothing is lost at the end."""

import asyncio

from tenfold_gateway.joined import JoinedWrites


class Noted(asyncio.Transport):
    """Notes what reaches the socket."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[bytes | str] = []

    def write(self, data) -> None:
        self.done.append(bytes(data))

    def close(self) -> None:
        self.done.append("closed")

    def abort(self) -> None:
        self.done.append("aborted")


async def test_writes_of_one_turn_are_joined():
    joined = JoinedWrites(noted := Noted())
    joined.write(b"head")
    joined.write(b"body")
    await asyncio.sleep(0)
    joined.write(b"next")
    await asyncio.sleep(0)
    assert noted.done == [b"headbody", b"next"]


async def test_closing_writes_what_is_left():
    joined = JoinedWrites(noted := Noted())
    joined.write(b"last")
    joined.close()
    await asyncio.sleep(0)
    assert noted.done == [b"last", "closed"]


async def test_aborting_does_not():
    joined = JoinedWrites(noted := Noted())
    joined.write(b"last")
    joined.abort()
    await asyncio.sleep(0)
    assert noted.done == ["aborted"]
