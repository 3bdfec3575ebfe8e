"""The gateway's process in a cluster. `tenfold up` runs a gateway of its own."""

import asyncio
import logging
import os
import signal
import sys

from kubernetes.aio.client import ApiClient
from pydantic import ValidationError

from tenfold_api.connecting import configuration
from tenfold_gateway.app import Gateway, create_app
from tenfold_gateway.cluster.api_server import ApiServer
from tenfold_gateway.cluster.backend import ClusterBackend
from tenfold_gateway.cluster.settings import ENV, ClusterSettings
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable
from tenfold_gateway.server import Server, server

log = logging.getLogger(__name__)

_LAST_SECONDS = 5.0
"""How long an idle connection stays once the gateway stops: a request may be on its way to it."""


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        settings = ClusterSettings.from_environment(os.environ)
    except ValidationError as error:
        sys.exit(f"{ENV}: {error}")
    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(serve(settings))


async def serve(settings: ClusterSettings) -> None:
    """Serve until SIGTERM. The door opens at once; readiness says when the cluster was seen."""
    api_server = ApiServer(ApiClient(await configuration()))
    table, book = RouteTable(), LoadBook()
    backend = ClusterBackend(api_server, table, book, settings)
    gateway = Gateway(table, backend.waker, settings, book)
    where = (settings.host, settings.port)
    door = server(create_app(gateway), *where, drain=settings.drain_seconds, last=_LAST_SECONDS)
    _stop_by_signal(door, gateway.ready)
    try:
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(backend.run(gateway.ready))
            await door.serve()
            watching.cancel()
    finally:
        await api_server.close()


def _stop_by_signal(door: Server, ready: asyncio.Event) -> None:
    """Stop in good order; asked a second time, without waiting for requests under way."""

    def stop() -> None:
        ready.clear()
        door.force_exit = door.should_exit
        door.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _loop() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.Loop


if __name__ == "__main__":
    main()
