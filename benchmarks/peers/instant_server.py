"""A runtime that answers at once: what the gateway costs shows best over it.

python instant_server.py PORT
"""

import asyncio
import re
import sys
from typing import cast

import uvloop

BODY = b'[[{"label":"POSITIVE","score":0.9998}]]'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
ANSWER = HEAD % len(BODY) + BODY
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Instant(asyncio.Protocol):
    """Reads each request to its end and always says the same."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._unread = b""

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := ending(self._unread)) is not None:
            self._unread = self._unread[end:]
            self._transport.write(ANSWER)


def ending(received: bytes) -> int | None:
    """Give where the first request ends, or None while it is incomplete."""
    head = received.find(b"\r\n\r\n") + 4
    if head < 4:
        return None
    length = LENGTH.search(received, 0, head)
    end = head + (int(length[1]) if length else 0)
    return end if len(received) >= end else None


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Instant, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
