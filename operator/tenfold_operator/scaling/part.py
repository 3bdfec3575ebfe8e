"""All of scaling: what runs beside the looks at models, and what these ask of it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from tenfold_api.spec import Metric
from tenfold_operator import model
from tenfold_operator.cluster import ApiServer
from tenfold_operator.errors import Gone
from tenfold_operator.model import Key
from tenfold_operator.scaling import certificate
from tenfold_operator.scaling.application import MetricApi
from tenfold_operator.scaling.door import Door
from tenfold_operator.scaling.extension import Extension
from tenfold_operator.scaling.gateways import BySlices, OverHttp
from tenfold_operator.scaling.loads import Loads
from tenfold_operator.scaling.permissions import Permissions
from tenfold_operator.settings import Settings
from tenfold_operator.world import World


class Scaling:
    """Follows the gateways, and serves the metric where the settings ask for it."""

    def __init__(self, server: ApiServer, settings: Settings) -> None:
        self._server = server
        self._settings = settings.scaling
        self._namespace = settings.namespace
        self._ask = OverHttp()
        find = BySlices(server, settings.namespace, self._settings.gateways)
        self.loads = Loads(find, self._ask, self._settings.window_seconds)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, world: World) -> None:
        follow = self.loads.follow(self._settings.sample_seconds, lambda: any_is_counted(world))
        self._tasks = [asyncio.create_task(follow)]
        if self._settings.custom_metrics.enabled:
            self._tasks.append(asyncio.create_task(self._extension(world).run()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._ask.close()

    def _extension(self, world: World) -> Extension:
        chosen = self._settings.custom_metrics
        measured = MetricApi(
            Permissions(self._server), lambda key: self._measured(key, world), self._settings.window_seconds
        )
        door = Door(measured.application(), chosen.port)
        make = lambda now: certificate.certificate(chosen.service, self._namespace, now)  # noqa: E731
        return Extension(self._server, measured, door, make)

    def _measured(self, key: Key, world: World) -> float:
        raw = world.model(key)
        if raw is None:
            raise Gone(f"there is no InferenceModel {key}")
        return self.loads.concurrency(model.id_of(raw))


def any_is_counted(world: World) -> bool:
    """Tell whether a model that is awake comes and goes by its requests."""
    return any(_is_counted(raw.get("spec", {})) for found in world.models.values() for raw in found)


def _is_counted(spec: Mapping[str, Any]) -> bool:
    """Read the spec as the API server stores it, with its defaults."""
    scaling = spec.get("autoscaling") or {}
    is_scaled = scaling.get("maxReplicas", 1) > 1 and scaling.get("metric") != Metric.CPU
    return spec.get("replicas", 1) > 0 and (is_scaled or scaling.get("minReplicas", 1) == 0)
