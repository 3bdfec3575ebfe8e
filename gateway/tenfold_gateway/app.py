"""The gateway put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenfold_api import names
from tenfold_gateway.answers import as_json, refused
from tenfold_gateway.caller import Patrol
from tenfold_gateway.catalogue import Catalogue, Probes
from tenfold_gateway.cold import Cold
from tenfold_gateway.door import Door
from tenfold_gateway.envelope import Envelope
from tenfold_gateway.errors import Refusal
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.express import Express
from tenfold_gateway.forward import Forwarder
from tenfold_gateway.front import Front
from tenfold_gateway.holding import WaitingRoom
from tenfold_gateway.metrics import Metrics
from tenfold_gateway.response_cache import ResponseCache
from tenfold_gateway.routes import RouteTable, Waker
from tenfold_gateway.settings import Settings
from tenfold_gateway.waking import Waking


@dataclass(frozen=True)
class Gateway:
    """What a gateway needs from its owner: a backend that keeps the table, and its choices."""

    table: RouteTable
    waker: Waker
    settings: Settings = field(default_factory=Settings)
    book: LoadBook = field(default_factory=LoadBook)
    """The owner records each load in it."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by the owner once it listens and every InferenceModel is in the table."""


def create_app(gateway: Gateway) -> Envelope:
    """Assemble the application. Connections are kept for as long as it runs."""
    settings, metrics, patrol = gateway.settings, Metrics(), Patrol()
    cache = ResponseCache(settings.cache_bytes, settings.cache_seconds)
    forwarder = Forwarder(settings)
    waking = Waking(gateway.waker, settings.wake_again)
    room = WaitingRoom(settings.max_held, settings.max_held_bytes, metrics)
    cold = Cold(gateway.table, waking, room, gateway.book, settings)
    door = Door(gateway.table, cold, forwarder, cache, patrol, metrics, settings)
    express = Express(gateway.table, forwarder, cache, patrol, metrics, settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with forwarder.opened():
            yield
        patrol.stop()
        await waking.close()

    beside = Starlette(
        routes=[
            *_catalogue_routes(Catalogue(gateway.table)),
            *_probe_routes(Probes(gateway.ready, metrics, gateway.table)),
        ],
        exception_handlers={Refusal: _refused, 404: _no_such_path, 405: _wrong_method},
        lifespan=lifespan,
    )
    return Envelope(Front(door, beside), metrics, express.take)


def _catalogue_routes(catalogue: Catalogue) -> list[Route]:
    return [
        Route("/status/{model:path}", catalogue.status),
        Route("/api/models/{model:path}", catalogue.model),
        Route("/framework/{framework}", catalogue.framework),
        Route("/api/tasks", catalogue.tasks),
        Route(names.MODELS_PATH, catalogue.openai_models),
        Route(names.MODELS_PATH + "/{model:path}", catalogue.openai_model),
    ]


def _probe_routes(probes: Probes) -> list[Route]:
    return [
        Route(names.HEALTH_PATH, probes.healthy),
        Route(names.READY_PATH, probes.ready),
        Route(names.METRICS_PATH, probes.metrics),
        Route(names.LOAD_PATH, probes.load),
    ]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - what it is registered for
    return refused(error)


async def _no_such_path(request: Request, error: Exception) -> Response:
    path = request.url.path[:200]
    return as_json({"error": f"there is nothing at {path}; POST /models/<id> predicts"}, 404)


async def _wrong_method(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    allowed = ", ".join(sorted((error.headers or {}).get("Allow", "GET").split(", ")))
    return as_json({"error": f"{request.method} is not allowed here"}, 405, {"allow": allowed})
