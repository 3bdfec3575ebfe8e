"""A network between two processes that a test can stop: bytes are held back, or connections cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Proxy:
    """Passes on to one port of this machine what comes to its own."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._flowing = _set()
        """Of the connections that are made from now on; each keeps its own."""
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    def silence(self) -> None:
        """Hold back the bytes of the connections that there are, and close none: they have died unseen."""
        self._flowing.clear()
        self._flowing = _set()

    def freeze(self) -> None:
        """Hold back all bytes, those of new connections too."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Cut what was held back, and let new connections through."""
        self.cut()
        self._flowing = _set()

    def cut(self) -> None:
        """End every connection."""
        for connection in self._connections:
            connection.cancel()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)
        with suppress(OSError, asyncio.CancelledError):
            await self._pass_on(reader, writer)
        writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flowing = self._flowing
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, back, flowing))
                both.create_task(_pump(there, writer, flowing))
        except* OSError:
            pass
        finally:
            back.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
    while content := await reader.read(65536):
        await flowing.wait()
        writer.write(content)
        await writer.drain()
    writer.write_eof()


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    """Run a proxy before a port within the block."""
    running = Proxy(target)
    server = await asyncio.start_server(running.connected, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        running.thaw()
        await asyncio.gather(*running._connections, return_exceptions=True)
