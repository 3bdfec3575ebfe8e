"""The runtime's HTTP server, which serves the application until it is told to stop."""

import math
import os
import socket
from functools import partial
from typing import Any, cast

import uvicorn

from tenfold_api import names
from tenfold_api.http.incoming import Incoming
from tenfold_api.http.sweep import Sweep
from tenfold_runtime.app import create_app
from tenfold_runtime.express import Express
from tenfold_runtime.service import Service

_HEAD_SECONDS = 10.0
_IDLE_SECONDS = 2.0 * names.KEEP_ALIVE  # the gateway closes first


def serve(service: Service, listening: socket.socket) -> None:
    """Answer at a socket until the process is told to stop."""
    server(service).run(sockets=[listening])


def server(service: Service) -> uvicorn.Server:
    # Whoever started this process sees it end, and starts another.
    app = create_app(service, on_breakdown=lambda: os._exit(1))
    sweep, express = Sweep(_HEAD_SECONDS, _IDLE_SECONDS), Express(service, app.state.metrics)
    config = uvicorn.Config(
        app,
        http=cast("Any", partial(Incoming, sweep=sweep, express=express.take)),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=math.ceil(service.spec.limits.timeout.seconds),
        backlog=2048,
    )
    return uvicorn.Server(config)
