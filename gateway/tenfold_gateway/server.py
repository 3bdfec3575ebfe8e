"""How the gateway is served."""

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from tenfold_gateway.joined import JoinedProtocol


class Server(uvicorn.Server):
    """A server that leaves signals to the owner of the process, who calls `handle_exit`."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server(app: ASGIApp, host: str = "127.0.0.1", port: int = 8080, drain: int = 10) -> Server:
    """Make a server; `await server.serve()` runs it. `drain` bounds the seconds that a stop takes."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=JoinedProtocol,
        access_log=False,
        log_config=None,  # the owner of the process says what is logged
        log_level="warning",
        server_header=False,
        lifespan="on",
        ws="none",
        backlog=2048,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=drain,
    )
    return Server(config)
