"""A replica below the level of HTTP: says bytes as it was told, request by request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HELLO = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
CLOSE = b""
THEN_CLOSE = b"<close>"


@dataclass
class RawReplica:
    """Answers each request of a connection with the next of `says`; `CLOSE` says nothing and closes."""

    says: list[bytes]
    requests: list[bytes] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once somebody has hung up."""
    url: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def connections(self) -> int:
        return len(self.writers)

    async def close(self) -> None:
        for writer in self.writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self.writers), return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = 0
        self.writers.append(writer)
        try:
            while request := await reader.read(2**16):
                self.requests.append(request)
                said = self.says[min(turn, len(self.says) - 1)]
                if said == CLOSE:
                    break
                writer.write(said.removesuffix(THEN_CLOSE))
                await writer.drain()
                if said.endswith(THEN_CLOSE):
                    break
                turn += 1
            else:
                self.left.set()
        except ConnectionError:
            self.left.set()
        writer.close()


@asynccontextmanager
async def raw_replica(*says: bytes) -> AsyncIterator[RawReplica]:
    """Listen within the block."""
    replica = RawReplica(list(says))
    server = await asyncio.start_server(replica.serve, "127.0.0.1", 0)
    async with server:
        replica.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield replica
        await replica.close()
