"""Where callers wait for a model: a bounded room, and a short memory of those who waited in vain."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cachetools import TTLCache

from tenfold_gateway.asked import Asked
from tenfold_gateway.metrics import Metrics


class WaitingRoom:
    """Bounded by the number of callers and by the bytes of their bodies."""

    def __init__(self, most: int, most_bytes: int, metrics: Metrics) -> None:
        self._free = most
        self._free_bytes = most_bytes
        self._metrics = metrics

    def has_place(self, size: int) -> bool:
        return self._free > 0 and self._free_bytes >= size

    @contextmanager
    def place(self, asked: Asked) -> Iterator[None]:
        """Take a place within the block."""
        size = len(asked.body)
        self._take(1, size)
        try:
            with self._metrics.held(asked.model_id):
                yield
        finally:
            self._take(-1, -size)

    def _take(self, places: int, size: int) -> None:
        self._free -= places
        self._free_bytes -= size


class Comebacks:
    """Callers whose wait ran out a moment ago. Some libraries come back at once and for ever: they wait."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left: TTLCache[tuple[object, ...], None] = TTLCache(10_000, seconds, clock)

    def expect(self, asked: Asked) -> None:
        self._left[(*asked.caller, asked.model_id)] = None

    def is_back(self, asked: Asked) -> bool:
        return bool(self._left) and (*asked.caller, asked.model_id) in self._left
