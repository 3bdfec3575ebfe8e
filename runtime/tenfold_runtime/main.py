"""The runtime's process: reads its settings, takes its socket, serves until it is told to stop."""

import argparse
import logging
import math
import os
import socket
import sys

import uvicorn

from tenfold_api import names
from tenfold_runtime.app import create_app
from tenfold_runtime.one_write import OneWriteProtocol
from tenfold_runtime.parent import leave_with_parent
from tenfold_runtime.process_age import process_age
from tenfold_runtime.service import Service
from tenfold_runtime.settings import Settings


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    if arguments.exit_with_parent:
        leave_with_parent(status=0)
    settings = Settings.from_environment(os.environ)
    # Whoever started this process sees it end, and starts another.
    app = create_app(Service(settings, age=process_age()), on_breakdown=lambda: os._exit(1))
    config = uvicorn.Config(
        app,
        http=OneWriteProtocol,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=math.ceil(settings.model.spec.limits.timeout.seconds),
        backlog=2048,
    )
    uvicorn.Server(config).run(sockets=[_socket(arguments.fd)])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("tenfold-runtime", description="Serve the model in $TENFOLD_MODEL.")
    parser.add_argument("--fd", type=int, help="listen on this inherited socket instead of $TENFOLD_PORT")
    parser.add_argument("--exit-with-parent", action="store_true", help="leave when standard input ends")
    return parser.parse_args()


def _socket(fd: int | None) -> socket.socket:
    if fd is not None:
        return socket.socket(fileno=fd)
    port = int(os.environ.get(names.PORT_ENV, names.RUNTIME_PORT))
    return socket.create_server(("", port), backlog=2048)


if __name__ == "__main__":
    main()
