"""How the gateway is served."""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from tenfold_api.http.incoming import Incoming, nothing_at_once
from tenfold_api.http.sweep import Sweep

_HEAD_SECONDS = 10.0
_IDLE_SECONDS = 30.0
# New objects after which the garbage collector looks for cycles; requests leave none behind.
_GARBAGE = 20_000


class Server(uvicorn.Server):
    """A server that leaves signals to the owner of the process, who calls `handle_exit`."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen. What is in memory by then is there to stay: the collector need not look at it."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GARBAGE)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 8080, drain: int = 10, last: float = 0.0
) -> Server:
    """Make a server; `await server.serve()` runs it. `drain` bounds the seconds that a stop takes.

    `last` is for how many of them an idle connection stays: a caller who is just sending is answered, and
    told that this was the last answer. What an application's `express` takes goes there first.
    """
    sweep, express = Sweep(_HEAD_SECONDS, _IDLE_SECONDS, last), getattr(app, "express", nothing_at_once)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=cast("Any", partial(Incoming, sweep=sweep, express=express)),
        access_log=False,
        log_config=None,  # the owner of the process says what is logged
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        ws="none",
        backlog=2048,
        timeout_graceful_shutdown=drain,
    )
    return Server(config)
