"""A stream, written as it comes, without a task."""

import time
from collections import deque
from collections.abc import Callable

from tenfold_api.http.exchange import Exchange, RawHeaders
from tenfold_runtime.answering import Begun
from tenfold_runtime.errors import RequestError
from tenfold_runtime.metrics import Metrics


class Streamed:
    """Writes the events of a stream to its caller, no faster than they are read."""

    def __init__(
        self,
        exchange: Exchange,
        begun: Begun,
        headers: RawHeaders,
        refuse: Callable[[RequestError], None],
        metrics: Metrics,
    ) -> None:
        """headers: of the answer. refuse: answers with the error that comes in place of the first event."""
        self._exchange = exchange
        self._begun = begun
        self._headers = headers
        self._refuse = refuse
        self._metrics = metrics
        self._since = time.perf_counter()
        self._held: deque[tuple[bytes | RequestError, bool]] = deque()
        """What the caller has no room for yet; no more than the text has tokens."""
        metrics.began()
        exchange.on_left = self._leave
        exchange.on_room = self._write
        begun.tell(self._take)

    def _take(self, data: bytes | RequestError, more: bool) -> None:
        self._held.append((data, more))
        self._write()

    def _write(self) -> None:
        exchange = self._exchange
        while self._held and not (exchange.is_over or exchange.line.is_full):
            data, more = self._held.popleft()
            if isinstance(data, RequestError):
                self._refuse(data)
            else:
                self._go_on(data, more=more)
            if not more:
                self._end()

    def _go_on(self, data: bytes, *, more: bool) -> None:
        if not self._exchange.is_started:
            self._metrics.took(time.perf_counter() - self._since)
            self._exchange.begin(200, self._headers)
        self._exchange.go_on(data, more=more)

    def _leave(self) -> None:
        self._begun.leave()
        self._end()

    def _end(self) -> None:
        self._exchange.on_left = self._exchange.on_room = None
        self._metrics.ended()
