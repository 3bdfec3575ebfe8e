"""Keeps one model up: starts its runtime, tells the route table of it, starts it again when it dies."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import Failure, RuntimeStatus, State
from tenfold_cli.local import process
from tenfold_cli.local.death import Death
from tenfold_cli.local.probe import Probe
from tenfold_cli.local.process import Launch, RuntimeProcess
from tenfold_cli.local.restarts import RestartPolicy, Streak
from tenfold_gateway.routes import Replica, Route, RouteTable

log = logging.getLogger(__name__)

STARTING = RuntimeStatus(state=State.LOADING)

_LOOK_EVERY = 0.1
_NO_SLEEP = 3600.0


def _unheard(model_id: str, status: RuntimeStatus) -> None:
    """Let a load pass without a note."""


@dataclass(frozen=True)
class Means:
    """What every keeper works with."""

    table: RouteTable
    launch: Launch
    policy: RestartPolicy = field(default_factory=RestartPolicy)
    loaded: Callable[[str, RuntimeStatus], None] = _unheard
    """Is told of every load that has come to its end."""


class Keeper:
    """A model sleeps until it is wanted, unless it has a replica at all times."""

    def __init__(self, model: InferenceModel, means: Means) -> None:
        self._model = model
        self._means = means
        self._wanted = asyncio.Event()
        self._streak = Streak()
        self._runtime: RuntimeProcess | None = None
        if model.spec.autoscaling.min_replicas:
            self.wake()
        self._put_out()

    def wake(self) -> None:
        self._wanted.set()

    def kill(self) -> None:
        """End the runtime without a word."""
        if self._runtime and not self._runtime.has_exited:
            self._runtime.kill()

    async def run(self, probe: Probe) -> None:
        """Serve and sleep by turns; return when the model can never load."""
        while not self._has_failed:
            await self._wanted.wait()
            death = await self._life(probe)
            if death and not self._has_failed:
                await self._recover(death)

    @property
    def _has_failed(self) -> bool:
        route = self._means.table.get(self._model.model_id)
        return route is not None and route.failure is not None

    async def _life(self, probe: Probe) -> Death | None:
        """Run one runtime to its end; None if that is as it should be."""
        self._put(STARTING)
        try:
            async with process.running(self._model, self._means.launch) as self._runtime:
                ready_seconds = await self._serve(self._runtime, probe)
                return await _death(self._runtime, ready_seconds)
        except process.CannotStart as error:
            return Death(1, str(error))

    async def _serve(self, runtime: RuntimeProcess, probe: Probe) -> float | None:
        """Load and serve until the runtime dies, fails or may sleep; give how long it was ready."""
        status = await self._follow(runtime, probe)
        if status is None or status.failure:
            return None
        began = time.monotonic()
        self._put(status, replica=Replica(runtime.url))
        self._means.loaded(self._model.model_id, status)
        await self._until_over(runtime, began)
        self._put_out()
        return time.monotonic() - began

    async def _follow(self, runtime: RuntimeProcess, probe: Probe) -> RuntimeStatus | None:
        """Keep the table up to date until the runtime is ready or has failed; None when it dies before."""
        while not await runtime.exits_within(_LOOK_EVERY):
            status = await probe.status(runtime.url)
            if status and status.state is State.READY:
                return status
            if status:
                self._put(status, status.failure)
            if status and status.failure:
                return status
        return None

    async def _until_over(self, runtime: RuntimeProcess, began: float) -> None:
        """Wait until the runtime has died, or the model was not asked for so long that it sleeps."""
        while (seconds := self._until_sleep(began)) > 0:
            if await runtime.exits_within(seconds):
                return
        self._wanted.clear()

    def _until_sleep(self, began: float) -> float:
        scaling = self._model.spec.autoscaling
        if scaling.min_replicas:
            return _NO_SLEEP
        idle = min(self._means.table.idle_seconds(self._model.model_id), time.monotonic() - began)
        return scaling.idle_after.seconds - idle

    async def _recover(self, death: Death) -> None:
        """Wait before the next start, or give the model up."""
        policy = self._means.policy
        self._streak = self._streak.with_death(death.ready_seconds, policy)
        if self._streak.is_hopeless(policy):
            message = f"{death} ({self._streak.unready} times in a row)"
            self._put(None, Failure(status=500, reason="CrashLoop", message=message))
            return
        delay = self._streak.delay(policy)
        log.warning("%s: %s; starting it again in %.1f s", self._model.model_id, death, delay)
        self._put(STARTING.model_copy(update={"phase_seconds": -delay}))  # the start is still to come
        await asyncio.sleep(delay)

    def _put_out(self) -> None:
        """Take the replica out of the table: the model is about to start, or it sleeps."""
        self._put(STARTING if self._wanted.is_set() else None)

    def _put(
        self, status: RuntimeStatus | None, failure: Failure | None = None, replica: Replica | None = None
    ) -> None:
        replicas = (replica,) if replica else ()
        self._means.table.put(Route(self._model, replicas, status, failure))


async def _death(runtime: RuntimeProcess, ready_seconds: float | None) -> Death | None:
    if not runtime.has_exited:
        return None
    runtime.kill()  # what it started would keep its pipe open
    await runtime.last_words()
    return Death(runtime.status, runtime.last_line, ready_seconds)
