"""A runtime on a real socket, in a thread of this process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import uvicorn

from tenfold_runtime.app import create_app
from tenfold_runtime.service import Service


@contextmanager
def live(service: Service) -> Iterator[str]:
    """Give the URL of a runtime that is ready."""
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(service), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    _await_ready(url)
    yield url
    server.should_exit = True
    thread.join(10)


def _await_ready(url: str) -> None:
    deadline = time.monotonic() + 60
    while httpx2.get(f"{url}/readyz").status_code != 200:
        assert time.monotonic() < deadline
