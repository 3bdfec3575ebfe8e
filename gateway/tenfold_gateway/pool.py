"""Connections to replicas, kept between requests."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from urllib.parse import urlsplit

from tenfold_api import names
from tenfold_gateway.connection import Connection, Gone, Request

# Most idle connections to one replica.
_MOST_IDLE = 256


class Pool:
    """Keeps idle connections by the URL of their replica; the one used last is used next."""

    def __init__(self, connect_timeout: float, keep_alive: float = names.KEEP_ALIVE) -> None:
        self._connect_timeout = connect_timeout
        self._keep_alive = keep_alive
        self._idle: dict[str, deque[Connection]] = {}
        self._loop: asyncio.AbstractEventLoop

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections within the block."""
        self._loop = asyncio.get_running_loop()
        self._next_sweep = self._loop.call_later(self._keep_alive, self._sweep)
        try:
            yield
        finally:
            self._next_sweep.cancel()
            self._close_idle(self._loop.time())

    async def ask(self, url: str, request: Request) -> Connection:
        """Give a connection whose answer has begun. One that a replica closed meanwhile is replaced once."""
        if kept := self.kept(url):
            try:
                await kept.ask(request)
            except Gone:
                pass  # as likely as not it was closed while the request was under way
            else:
                return kept
        connection = await self._connect(url)
        await connection.ask(request)
        return connection

    def give_back(self, url: str, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; close any other."""
        idle = self._idle.get(url)
        if idle is None:
            idle = self._idle[url] = deque()
        if connection.is_free and len(idle) < _MOST_IDLE:
            connection.idle_since = self._loop.time()
            idle.append(connection)
        else:
            connection.close()

    def kept(self, url: str) -> Connection | None:
        """Give a connection that is open and idle, if there is one. It must be given back."""
        idle, oldest = self._idle.get(url), self._loop.time() - self._keep_alive
        while idle:
            connection = idle.pop()
            if connection.is_open and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    def forget(self, url: str) -> None:
        """Close what is idle: the replica has just closed another."""
        for connection in self._idle.pop(url, ()):
            connection.close()

    async def _connect(self, url: str) -> Connection:
        host, port = _address(url)
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await self._loop.create_connection(lambda: Connection(self._loop), host, port)
        except OSError as error:  # a TimeoutError is one
            raise Gone(str(error) or "it did not accept a connection in time") from None
        return connection

    def _sweep(self) -> None:
        self._close_idle(self._loop.time() - self._keep_alive)
        self._next_sweep = self._loop.call_later(self._keep_alive, self._sweep)

    def _close_idle(self, since: float) -> None:
        """Close what has been idle since then or longer; forget replicas without connections."""
        for url, idle in list(self._idle.items()):
            while idle and idle[0].idle_since <= since:
                idle.popleft().close()
            if not idle:
                del self._idle[url]


@lru_cache(4096)
def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80
