"""What the runtime counts: requests, their time, and the queue."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from prometheus_client import CollectorRegistry, Gauge, Histogram

from tenfold_runtime.service import Service


class Metrics:
    """Prometheus metrics of one runtime."""

    def __init__(self, registry: CollectorRegistry, service: Service) -> None:
        self.registry = registry
        self._seconds = Histogram(
            "tenfold_runtime_request_seconds",
            "Time from a request's last byte to its answer's first, in seconds",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
            registry=registry,
        )
        self._in_flight = Gauge(
            "tenfold_runtime_requests_in_flight", "Requests being answered", registry=registry
        )
        waiting = Gauge("tenfold_runtime_requests_waiting", "Requests in the queue", registry=registry)
        waiting.set_function(lambda: service.predictor.worker.waiting if service.predictor else 0)

    async def counted(self, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        """Count the request whose answer is streamed, until its last event."""
        with self._in_flight.track_inprogress():
            async with aclosing(events):
                async for event in events:
                    yield event

    def began(self) -> None:
        """Count a request that is being answered; `ended` is called for each."""
        self._in_flight.inc()

    def ended(self) -> None:
        """Count a request that `began` no more."""
        self._in_flight.dec()

    def took(self, seconds: float) -> None:
        """Count an answer."""
        self._seconds.observe(seconds)

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count the request that is answered within."""
        with self._in_flight.track_inprogress(), self._seconds.time():
            yield
