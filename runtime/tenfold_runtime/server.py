"""The runtime's HTTP server, which serves the application until it is told to stop."""

import math
import os
import socket

import uvicorn

from tenfold_api import names
from tenfold_runtime.app import create_app
from tenfold_runtime.one_write import OneWriteProtocol
from tenfold_runtime.service import Service


def serve(service: Service, listening: socket.socket) -> None:
    """Answer at a socket until the process is told to stop."""
    # Whoever started this process sees it end, and starts another.
    app = create_app(service, on_breakdown=lambda: os._exit(1))
    config = uvicorn.Config(
        app,
        http=OneWriteProtocol,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=2 * names.KEEP_ALIVE,
        timeout_graceful_shutdown=math.ceil(service.spec.limits.timeout.seconds),
        backlog=2048,
    )
    uvicorn.Server(config).run(sockets=[listening])
