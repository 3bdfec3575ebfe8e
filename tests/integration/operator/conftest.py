"""The real operator under the real kopf, on a real API server or one that keeps its objects in memory."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio.client import ApiClient

import api_server
from operator_emulated import Emulated, emulated
from operator_objects import Make, Object
from operator_real import Real
from operator_stories import Kube
from tenfold_operator import main
from tenfold_operator.census import Census
from tenfold_operator.cluster import ApiServer
from tenfold_operator.context import Context
from tenfold_operator.metrics import Metrics
from tenfold_operator.model import Key
from tenfold_operator.pods import Pod
from tenfold_operator.preflight.inquiry import Inquiries
from tenfold_operator.reports import Report, Reports
from tenfold_operator.rollout.trials import Examples, Trials
from tenfold_operator.scaling.part import Scaling
from tenfold_operator.settings import Settings
from tenfold_operator.work_queue import WorkQueue

Asking = Callable[[Callable[[Key], None]], Inquiries] | None


class Runtimes:
    """The runtimes in the pods, as far as the operator asks them."""

    def __init__(self) -> None:
        self.reports: dict[str, Report] = {}
        self.drift: float | None = 0.0
        """Of the answers of any two of them."""

    async def __call__(self, pod: Pod) -> Report | None:
        return self.reports.get(pod.name)

    async def compared(self, serving: Pod, candidate: Pod, examples: Examples) -> float | None:
        return self.drift


@pytest.fixture
async def kube(installed: Real | None) -> AsyncIterator[Kube]:
    """A cluster with no InferenceModel in it."""
    if installed is None:
        async with emulated() as cluster:
            yield cluster
    else:
        installed.empty()
        yield installed


@pytest.fixture
def real(kube: Kube) -> Real:
    """The cluster, for what only a real API server does."""
    if not isinstance(kube, Real):
        pytest.skip(f"needs a real API server: {api_server.why_none()}")
    return kube


@pytest.fixture
def collected(real: Real) -> Iterator[Real]:
    """The cluster, with what deletes the children of owners that are gone."""
    program = "kube-controller-manager"
    if why := api_server.why_none(program):
        pytest.skip(why)
    with api_server.controllers(real.server, "garbage-collector-controller"):
        yield real


@pytest.fixture
def faked(kube: Kube) -> Emulated:
    """The cluster, for what a real API server cannot be brought to do."""
    if not isinstance(kube, Emulated):
        pytest.skip("a real API server does not do this when it is told to; without one this is tested")
    return kube


@pytest.fixture
def runtimes() -> Runtimes:
    return Runtimes()


@asynccontextmanager
async def running(
    runtimes: Runtimes, chosen: Object, inquiries: Asking, through: Callable[[ApiServer], Any]
) -> AsyncIterator[Context]:
    """Run the operator with nothing left of earlier runs, as a process would, and end it."""
    alone = {"scaling": {"customMetrics": {"enabled": False}}}
    settings = Settings.model_validate({"workers": 4, "probeSeconds": 0.05, **alone, **chosen})
    cluster = ApiServer(ApiClient(await main.configuration()))
    metrics = Metrics()
    queue: WorkQueue[Key] = WorkQueue(settings.workers, metrics)
    scaling = Scaling(cluster, settings)
    asked = inquiries(queue.add) if inquiries else None
    trials = Trials(runtimes.compared, queue.add)
    census = Census(cluster, settings.namespaces, queue.add)
    context = Context(
        settings,
        through(cluster),
        Reports(runtimes),
        queue,
        metrics,
        scaling,
        census,
        inquiries=asked,
        trials=trials,
    )
    task = asyncio.create_task(main.operate(context))
    try:
        yield context
    finally:
        with _leftovers_ignored():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await cluster.close()


@contextmanager
def _leftovers_ignored() -> Iterator[None]:
    """A connection that is cut while TLS is agreed upon leaves its socket to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture
def operate(
    kube: Kube, runtimes: Runtimes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AbstractAsyncContextManager[Context]]:
    """Runs the operator: `async with operate(settings):`. It asks no hub but that of `inquiries`.

    What it writes goes `through` what a test puts before the API server.
    """
    monkeypatch.setenv("KUBECONFIG", str(kube.kubeconfig(tmp_path)))
    return lambda chosen=None, inquiries=None, through=lambda cluster: cluster: running(
        runtimes, chosen or {}, inquiries, through
    )


@pytest.fixture
async def operator(operate: Any) -> AsyncIterator[Context]:
    """The running operator."""
    async with operate() as started:
        yield started


@pytest.fixture
def make() -> type[Make]:
    return Make
