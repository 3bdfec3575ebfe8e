"""What Prometheus is told of the operator: its memory, the time of looks, and the wait for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

PATH = "/metrics"

_NAME = "tenfold_operator"


class Metrics:
    """The figures of one operator, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = mine = CollectorRegistry()
        ProcessCollector(namespace=_NAME, registry=mine)
        self._looks = Histogram(f"{_NAME}_look_seconds", "Time of one look.", ["outcome"], registry=mine)
        self._waits = Histogram(f"{_NAME}_wait_seconds", "Time from an event to its look.", registry=mine)
        self._waiting = Gauge(f"{_NAME}_waiting", "Models that wait for a look now.", registry=mine)
        self._models = Gauge(f"{_NAME}_models", "InferenceModels that are looked after.", registry=mine)

    def looked(self, outcome: str, seconds: float) -> None:
        self._looks.labels(outcome).observe(seconds)

    def waited(self, seconds: float) -> None:
        self._waits.observe(seconds)

    def count_waiting(self, count: Callable[[], float]) -> None:
        """Ask for the number whenever someone asks for the metrics."""
        self._waiting.set_function(count)

    def count_models(self, count: Callable[[], float]) -> None:
        self._models.set_function(count)

    def text(self) -> bytes:
        return generate_latest(self.registry)


@asynccontextmanager
async def served(metrics: Metrics, port: int) -> AsyncIterator[None]:
    """Answer at `/metrics` on the port of every address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()
