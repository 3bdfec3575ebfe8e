"""A caller's connection, HTTP/1.1. uvicorn listens and stops; this is what it makes of each connection.

uvicorn's own takes more than half of the time that the gateway spends on a request, and never gives up on a
caller who does not finish a request's head.
"""

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from tenfold_api.http.exchange import Exchange, Head
from tenfold_api.http.sweep import Sweep

log = logging.getLogger(__name__)

_HIGH_WATER = 64 * 1024
_MAX_HEAD = 64 * 1024
_REFUSAL = (
    b"HTTP/1.1 %d Refused\r\ncontent-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
)
_MAX_QUEUE = 16  # requests sent ahead of their turn

# Begins to answer a complete request, if that takes no wait; tells whether it did.
Express: TypeAlias = Callable[[Exchange], bool]


def nothing_at_once(exchange: Exchange) -> bool:
    """Leave every request to the application."""
    return False


class Incoming(asyncio.Protocol):
    """Takes a caller's requests one after the other. httptools calls the `on_` methods."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        sweep: Sweep,
        express: Express = nothing_at_once,
    ) -> None:
        """The arguments are those that uvicorn gives, but for the last two."""
        self._app = config.loaded_app
        self._state = server_state
        self._app_state = app_state
        self._sweep = sweep
        self._express = express
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._ends: dict[str, tuple[str, int] | None] = {}
        self._queue: deque[Exchange] = deque()
        self._current: Exchange | None = None
        self._awaits_start = False
        """Whether nobody has begun to answer the current request."""
        self._arriving: Exchange | None = None
        self._url, self._headers = b"", dict[bytes, bytes]()
        self._head_bytes = 0
        self._is_paused = False
        self._stops = False
        """Whether the server stops: the next answer is the last."""
        self._drained: asyncio.Future[None] | None = None
        self.deadline = 0.0
        """When the sweep may close the connection: it is idle, or a head does not become complete."""

    # asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._state.connections.add(cast("Any", self))
        names = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        client, server = (tuple(name[:2]) if isinstance(name, tuple) else None for name in names)
        self._ends = {"client": client, "server": server}
        self.address = client[0] if client else ""
        self._idle()
        self._sweep.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._state.connections.discard(cast("Any", self))
        self._sweep.remove(self)
        for exchange in (self._current, *self._queue):
            if exchange:
                exchange.leave()
        self._queue.clear()
        self._awaits_start = False
        self.resume_writing()

    def eof_received(self) -> None:
        """Take the end of what a caller sends for its leaving, as nginx does."""

    def data_received(self, data: bytes) -> None:
        if not self._arriving:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # nobody upgrades here: the request is answered as it is
        except httptools.HttpParserError:
            return self._refuse(400, b"this is not HTTP/1.1")
        if self._head_bytes > _MAX_HEAD:
            return self._refuse(431, b"the head of the request is too large")
        if self._awaits_start:
            self._start()
        return None

    def pause_writing(self) -> None:
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None
        if self._current and self._current.on_room:
            self._current.on_room()

    # httptools.

    def on_message_begin(self) -> None:
        self._url, self._headers = b"", {}
        self.deadline = self._loop.time() + self._sweep.head_seconds

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        self.deadline = math.inf
        parser, headers = self._parser, self._headers
        version = parser.get_http_version()
        self._arriving = Exchange(
            Head(parser.get_method(), self._url, version, headers),
            self,
            keeps_connection=version == "1.1" and parser.should_keep_alive() and not self._stops,
            expects=headers.get(b"expect", b"").lower() == b"100-continue",
        )
        if self._current is None:
            self._current, self._awaits_start = self._arriving, True
        else:
            self._queue.append(self._arriving)
            self._pause_reading()
            if len(self._queue) > _MAX_QUEUE:
                self._transport.abort()

    def on_body(self, body: bytes) -> None:
        if self._arriving and not self._arriving.is_over:
            self._arriving.feed(body)
            if self._arriving.waiting > _HIGH_WATER:
                self._pause_reading()

    def on_message_complete(self) -> None:
        if self._arriving:
            self._arriving.end()
            self._arriving = None

    # Exchanges.

    def _start(self) -> None:
        """Begin to answer the current request. Of a body that comes in parts the rest is yet to come."""
        self._awaits_start, exchange = False, self._current
        assert exchange  # noqa: S101 - it awaits its start
        if not (exchange.is_received and self._express(exchange)):
            self.run(exchange)

    def run(self, exchange: Exchange) -> None:
        task = self._loop.create_task(self._run(exchange))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)

    async def _run(self, exchange: Exchange) -> None:
        scope = self._scope(exchange.head)
        try:
            await self._app(cast("Any", scope), exchange.receive, cast("Any", exchange.send))
        except Exception:
            log.exception("Failed to answer %s", scope["path"])
        if not exchange.is_over:
            exchange.leave()
            if exchange.is_started:
                self._transport.close()
            else:
                self._refuse(500, b"Internal Server Error")

    def _scope(self, head: Head) -> dict[str, Any]:
        path, query = _split(head.url)
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": head.version,
            "method": head.method.decode(),
            "scheme": "http",
            "root_path": "",
            "path": unquote(path) if "%" in path else path,
            "raw_path": path.encode(),
            "query_string": query,
            "headers": list(head.headers.items()),
            "state": dict(self._app_state),
            **self._ends,
        }

    def answered(self, *, keeps_connection: bool) -> None:
        self._state.total_requests += 1
        self._current = None
        if not keeps_connection:
            self._transport.close()
        elif self._queue:
            self._current = self._queue.popleft()
            self._start()
        else:
            self._idle()
            self.resume_reading()

    def _idle(self) -> None:
        self.deadline = self._loop.time() + self._sweep.idle_seconds

    def _refuse(self, status: int, problem: bytes) -> None:
        """Say what is wrong below HTTP's surface, and hang up."""
        if not self._transport.is_closing():
            self._transport.write(_REFUSAL % (status, len(problem), problem))
            self._transport.close()

    # What an exchange needs.

    @property
    def common_lines(self) -> bytes:
        return _lines(tuple(self._state.default_headers))

    @property
    def is_full(self) -> bool:
        return self._drained is not None

    def hang_up(self) -> None:
        self._transport.close()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    async def drained(self) -> None:
        if self._drained:
            await self._drained

    def resume_reading(self) -> None:
        if self._is_paused and not self._transport.is_closing():
            self._is_paused = False
            self._transport.resume_reading()

    def _pause_reading(self) -> None:
        if not (self._is_paused or self._transport.is_closing()):
            self._is_paused = True
            self._transport.pause_reading()

    # What the server and the sweep ask.

    def shutdown(self) -> None:
        """Close: after the answer that is under way, or the next one, if a request comes soon."""
        self._stops = True
        if self._current:
            self._current.last()
        elif self._sweep.last_seconds:
            self.deadline = min(self.deadline, self._loop.time() + self._sweep.last_seconds)
        else:
            self._transport.close()

    def overdue(self) -> None:
        self._transport.close()


@lru_cache(8)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Write headers as lines. They are the same until the next second."""
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def _split(url: bytes) -> tuple[str, bytes]:
    """Give a request's path and query. A proxy may send the whole URL."""
    if not url.startswith(b"/"):
        parsed = httptools.parse_url(url)
        return (parsed.path or b"/").decode("latin-1"), parsed.query or b""
    path, _, query = url.partition(b"#")[0].partition(b"?")
    return path.decode("latin-1"), query
