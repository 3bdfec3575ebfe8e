"""Closes connections on which nothing came for too long.

A timer for each request would cost more than the parsing of its head; one for all looks once a second.
"""

import asyncio
from typing import Protocol

_ROUND = 1.0


class Swept(Protocol):
    """A connection that has a deadline."""

    deadline: float
    """When it may be closed, in the loop's time; infinity while a request is under way."""

    def overdue(self) -> None:
        """Close it."""


class Sweep:
    """Looks after the connections of one server."""

    def __init__(self, head_seconds: float, idle_seconds: float, last_seconds: float = 0.0) -> None:
        """head_seconds: how long a request's head may take. idle_seconds: how long none may come.
        last_seconds: the same once the server stops, for one last request of each connection.
        """
        self.head_seconds = head_seconds
        self.idle_seconds = idle_seconds
        self.last_seconds = last_seconds
        self._connections: set[Swept] = set()
        self._next: asyncio.TimerHandle | None = None

    def add(self, connection: Swept) -> None:
        self._connections.add(connection)
        if self._next is None:
            self._arm()

    def remove(self, connection: Swept) -> None:
        self._connections.discard(connection)

    def _arm(self) -> None:
        self._next = asyncio.get_running_loop().call_later(_ROUND, self._round)

    def _round(self) -> None:
        self._next = None
        now = asyncio.get_running_loop().time()
        for connection in tuple(self._connections):
            if now >= connection.deadline:
                connection.overdue()
        if self._connections:
            self._arm()
