"""A runtime on a real socket in the test's own process, and who in it answers a request."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway_sockets import listening
from served import BuildHere, settings
from tenfold_runtime.server import server
from tenfold_runtime.service import Service


class Calls:
    """Notes which methods of a class are called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type, *names: str) -> None:
        self.made: list[str] = []
        for name in names:
            monkeypatch.setattr(kind, name, self._noting(name, getattr(kind, name)))

    def _noting(self, name: str, method: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            self.made.append(name)
            return method(*arguments)

        return noted


@asynccontextmanager
async def runtime(folder: Path, cache: Path, **spec: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client of a runtime that serves the model in a folder."""
    service = Service(settings(folder, cache, **spec), BuildHere())
    async with listening(server(service)) as url, httpx2.AsyncClient(base_url=url, timeout=60) as client:
        async with asyncio.timeout(60):
            while service.predictor is None:  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(0.01)
        yield client


async def counted(client: httpx2.AsyncClient, line: str) -> None:
    """Wait until a line is among a runtime's metrics."""
    async with asyncio.timeout(30):
        while line not in (await client.get("/metrics")).text:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.01)
