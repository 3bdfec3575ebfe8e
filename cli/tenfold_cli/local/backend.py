"""Replicas as child processes: what Kubernetes is to a gateway in a cluster."""

import asyncio
from collections.abc import Iterable

from tenfold_api.inference_model import InferenceModel
from tenfold_cli.local.keeper import Keeper, Means
from tenfold_cli.local.probe import Probe


class LocalBackend:
    """Has a keeper for every model, and is the gateway's Waker."""

    def __init__(self, models: Iterable[InferenceModel], means: Means) -> None:
        """Enter the models into the route table. `run` starts them."""
        self._keepers = {model.model_id: Keeper(model, means) for model in models}

    async def wake(self, model_id: str) -> None:
        self._keepers[model_id].wake()

    async def run(self) -> None:
        """Keep the models up until cancelled. When this is over, nothing that it started runs any more."""
        async with Probe() as probe, asyncio.TaskGroup() as group:
            for keeper in self._keepers.values():
                group.create_task(keeper.run(probe))

    def kill(self) -> None:
        """End every runtime at once."""
        for keeper in self._keepers.values():
            keeper.kill()
