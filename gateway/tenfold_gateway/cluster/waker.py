"""Wakes a sleeping model: sets its scale from 0 to 1, and never from anything else."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

from tenfold_gateway.cluster import paths
from tenfold_gateway.cluster.api_server import ApiError, Conflict, Missing
from tenfold_gateway.cluster.known import Known

log = logging.getLogger(__name__)

_TRIES = 3
_AT_ONCE = 8


class Server(Protocol):
    """What waking asks of the API server."""

    async def get(self, path: str, **query: str) -> Any: ...

    async def merge(self, path: str, change: Mapping[str, Any]) -> None: ...


class Served(Protocol):
    """Knows the resource behind a model id."""

    def served(self, model_id: str) -> Known | None: ...


class ScaleWaker:
    """The gateway's Waker. Several gateways may wake one model: what another has set is left alone."""

    def __init__(self, server: Server, directory: Served) -> None:
        self._server = server
        self._directory = directory
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def wake(self, model_id: str) -> None:
        """Log what fails and raise nothing: who is refused need not be asked again for every caller."""
        model = self._directory.served(model_id)
        if model is None or not model.is_asleep:
            return
        try:
            async with self._turns:
                await self._wake(paths.scale(model.key), model.version)
        except ApiError as error:
            log.error("Could not wake %s: %s", model_id, error)

    async def _wake(self, path: str, version: str | None) -> None:
        for _ in range(_TRIES):
            if version is None:
                return
            try:
                await self._server.merge(path, _one_replica(version))
            except Conflict:
                version = await self._version_asleep(path)
            except Missing:
                return  # deleted a moment ago, and the watch will say so
            else:
                log.info("Woke %s", path)
                return

    async def _version_asleep(self, path: str) -> str | None:
        """Read the scale anew; None when the model is awake already."""
        scale = await self._server.get(path)
        return None if scale["spec"].get("replicas") else str(scale["metadata"]["resourceVersion"])


def _one_replica(version: str) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": version}, "spec": {"replicas": 1}}
