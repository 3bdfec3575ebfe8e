"""Models served by fake runtimes, started and watched by the real backend."""

import asyncio
import os
import select
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tenfold_api.inference_model import InferenceModel
from tenfold_cli.local.backend import LocalBackend
from tenfold_cli.local.keeper import Means
from tenfold_cli.local.process import Launch
from tenfold_cli.local.restarts import RestartPolicy
from tenfold_gateway.routes import Route, RouteTable

MODEL = "tests/model"
FAKE = (sys.executable, str(Path(__file__).with_name("cli_fake_runtime.py")))
SOON = RestartPolicy(first_delay=0.01, longest_delay=0.05)

Until = Callable[[Route], bool]


def model(model_id: str = MODEL, **behaviour: Any) -> InferenceModel:
    """Make a model whose runtime behaves so; see cli_fake_runtime. `autoscaling` is the spec's."""
    scaling = behaviour.pop("autoscaling", {})
    env = [{"name": name, "value": str(value)} for name, value in behaviour.items()]
    spec = {"modelId": model_id, "source": {"path": "."}, "env": env, "autoscaling": scaling}
    return InferenceModel.of("model", spec)


def launch(cache: Path, stop_seconds: float = 5.0) -> Launch:
    return Launch(cache, FAKE, stop_seconds)


class World:
    """A backend that runs."""

    def __init__(self, models: tuple[InferenceModel, ...], cache: Path, stop_seconds: float) -> None:
        self.table = RouteTable()
        self.loads: list[str] = []
        means = Means(self.table, launch(cache, stop_seconds), SOON, self._loaded)
        self.backend = LocalBackend(models, means)

    def _loaded(self, model_id: str, status: object) -> None:
        self.loads.append(model_id)

    def route(self, model_id: str = MODEL) -> Route:
        route = self.table.get(model_id)
        assert route
        return route

    async def until(self, holds: Until, model_id: str = MODEL) -> Route:
        """Give the model's route once something holds of it."""
        await self.table.wait(model_id, lambda route: route is not None and holds(route), 20)
        route = self.route(model_id)
        assert holds(route), route
        return route


@asynccontextmanager
async def serving(*models: InferenceModel, cache: Path, stop_seconds: float = 5.0) -> AsyncIterator[World]:
    """Run a backend within the block."""
    world = World(models, cache, stop_seconds)
    running = asyncio.create_task(world.backend.run())
    try:
        yield world
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def is_ready(route: Route) -> bool:
    return bool(route.replicas)


def has_failed(route: Route) -> bool:
    return route.failure is not None


def is_asleep(route: Route) -> bool:
    return route.status is None and not route.settled


def pids(diary: Path) -> list[int]:
    """Give the processes that fake runtimes wrote into their diary."""
    return [int(line) for line in diary.read_text().split()] if diary.exists() else []


def ends(pid: int, seconds: float = 10.0) -> bool:
    """Wait until a process has ended, at most so long, and tell whether it has."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
