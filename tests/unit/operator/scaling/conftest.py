"""Gateways that tell what a test says."""

import pytest

from tenfold_api.load import GatewayLoad, ModelLoad
from tenfold_operator.errors import ClusterError
from tenfold_operator.scaling.gateways import Gateway
from tenfold_operator.scaling.loads import Loads

WINDOW = 15.0


class Fleet:
    """Gateways by their URL, each with what it tells; None is silence. The clock is the test's own."""

    def __init__(self):
        self.told = {}
        self.serves = {}
        self.now = 100.0
        self.lost = False
        self.loads = Loads(self._find, self._ask, WINDOW, lambda: self.now)

    async def tell(self, after=3.0, **gateways):
        """Let time pass, and have the gateways of these names tell so many requests for minilm."""
        self.now += after
        self.told.update(gateways)
        await self.loads.refresh()

    async def _find(self):
        if self.lost:
            raise ClusterError("the API server did not answer")
        return tuple(Gateway(name, self.serves.get(name, True)) for name in self.told)

    async def _ask(self, gateway):
        told = self.told[gateway.url]
        return GatewayLoad(models={"minilm": _load(told)}) if told is not None else None


def _load(told):
    return told if isinstance(told, ModelLoad) else ModelLoad(requests=told, idle=0.0)


@pytest.fixture
def fleet():
    return Fleet()
