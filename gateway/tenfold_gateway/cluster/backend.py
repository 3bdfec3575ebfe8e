"""The cluster behind a gateway: watches that keep the route table, and a waker."""

import asyncio
from collections.abc import Iterator

from tenfold_api import names
from tenfold_gateway.cluster import paths
from tenfold_gateway.cluster.api_server import ApiServer
from tenfold_gateway.cluster.directory import Directory
from tenfold_gateway.cluster.settings import ClusterSettings
from tenfold_gateway.cluster.waker import ScaleWaker
from tenfold_gateway.cluster.watch import Watch
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable


class ClusterBackend:
    """Everything of a gateway that knows of Kubernetes."""

    def __init__(
        self, server: ApiServer, table: RouteTable, book: LoadBook, settings: ClusterSettings
    ) -> None:
        self._directory = Directory(table, book)
        self._watches = tuple(_watches(server, self._directory, settings))
        self.waker = ScaleWaker(server, self._directory)

    async def run(self, ready: asyncio.Event) -> None:
        """Follow the cluster until cancelled. `ready` is set when all of it was seen once."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches:
                group.create_task(watch.run())
            await asyncio.gather(*(watch.synced.wait() for watch in self._watches))
            self._directory.complete = True
            ready.set()


def _watches(server: ApiServer, directory: Directory, settings: ClusterSettings) -> Iterator[Watch]:
    seconds = settings.watch_seconds
    for namespace in settings.namespaces or ("",):
        yield Watch(server, paths.models(namespace), directory.models, seconds=seconds)
        slices = paths.slices(namespace)
        yield Watch(server, slices, directory.slices, selector=names.MODEL_LABEL, seconds=seconds)
