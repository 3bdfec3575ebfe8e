"""The runtime's process: reads its settings, takes its socket, serves until it is told to stop."""

import argparse
import gc
import logging
import os
import socket
import sys

from tenfold_api import names
from tenfold_runtime.parent import leave_with_parent
from tenfold_runtime.process_age import process_age


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    if arguments.exit_with_parent:
        leave_with_parent(status=0)
    listening = _socket(arguments.fd)
    gc.disable()  # nothing that is imported is garbage
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for some takes 20 ms
    from tenfold_runtime.service import Service
    from tenfold_runtime.settings import Settings

    service = Service(Settings.from_environment(os.environ), age=process_age())
    service.begin()
    # The other half of the imports, while files are read and hashed: the server, and what most models need.
    import tenfold_runtime.predictor  # noqa: F401
    from tenfold_runtime.server import serve

    gc.freeze()
    gc.enable()
    serve(service, listening)


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
