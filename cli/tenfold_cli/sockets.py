"""Listening sockets, taken before anyone is told of them."""

import errno
import socket
from dataclasses import dataclass

from tenfold_cli.errors import CommandError

BACKLOG = 2048


def listening(host: str, port: int = 0) -> socket.socket:
    """Listen; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def door(host: str, port: int) -> socket.socket:
    """Listen where a person said."""
    try:
        return listening(host, port)
    except OSError as error:
        raise CommandError(_reason(host, port, error)) from error


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; choose another with --port"
    return f"cannot listen on {host} port {port}: {error.strerror or error}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self}"

    @property
    def shortest(self) -> str:
        """The address as a person on this machine would type it."""
        return f"localhost:{self.port}" if self.host in ("127.0.0.1", "0.0.0.0") else str(self)  # noqa: S104

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
