"""The operator's process: reads its settings, makes what lives long, and lets kopf watch."""

import asyncio
import logging
import os

import kopf
from kubernetes.aio.client import ApiClient

from tenfold_api import names as api
from tenfold_api.connecting import configuration
from tenfold_operator import handlers
from tenfold_operator.census import Census
from tenfold_operator.cluster import ApiServer
from tenfold_operator.context import Context
from tenfold_operator.errors import ClusterError, Gone
from tenfold_operator.metrics import Metrics, served
from tenfold_operator.model import Key
from tenfold_operator.preflight.hub import Hub
from tenfold_operator.preflight.inquiry import Inquiries
from tenfold_operator.reports import OverHttp, Reports
from tenfold_operator.rollout import over_http as compare
from tenfold_operator.rollout.trials import Trials
from tenfold_operator.scaling.part import Scaling
from tenfold_operator.settings import Settings
from tenfold_operator.work_queue import WorkQueue

log = logging.getLogger(__name__)

_BETWEEN_LOOKS = 1.0


def main() -> None:
    kopf.configure(verbose=False)
    logging.getLogger("kopf.objects").setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # probes ask several times a minute
    asyncio.run(run(Settings.from_environment(os.environ)))


async def run(settings: Settings) -> None:
    """Run until the process is told to stop."""
    cluster = ApiServer(ApiClient(await configuration()))
    ask = OverHttp()
    metrics = Metrics()
    queue: WorkQueue[Key] = WorkQueue(settings.workers, metrics)
    inquiries = _inquiries(settings, queue)
    scaling = Scaling(cluster, settings)
    trials = Trials(compare.OverHttp(), queue.add)
    census = Census(cluster, settings.namespaces, queue.add)
    context = Context(
        settings, cluster, Reports(ask), queue, metrics, scaling, census, inquiries=inquiries, trials=trials
    )
    try:
        async with served(metrics, settings.metrics_port):
            await until_defined(cluster)
            await operate(context, liveness_endpoint=f"http://0.0.0.0:{settings.health_port}/healthz")
    finally:
        await ask.close()
        await cluster.close()


def _inquiries(settings: Settings, queue: WorkQueue[Key]) -> Inquiries | None:
    chosen = settings.preflight
    if not chosen.enabled:
        return None
    return Inquiries(Hub(settings.runtime.hub, chosen.timeout_seconds), queue.add)


async def until_defined(cluster: ApiServer) -> None:
    """Wait for the CustomResourceDefinition: kopf looks once, and would watch nothing ever after."""
    while not await _is_defined(cluster):
        log.warning("This cluster does not tell of the kind %s yet, will ask again", api.KIND)
        await asyncio.sleep(_BETWEEN_LOOKS)


async def _is_defined(cluster: ApiServer) -> bool:
    try:
        found = await cluster.get(f"/apis/{api.API_VERSION}")
    except (Gone, ClusterError):
        return False
    return any(each["name"] == api.PLURAL for each in found["resources"])


async def operate(context: Context, *, liveness_endpoint: str | None = None) -> None:
    """Let kopf watch, alone: one operator runs at a time, and its Deployment sees to that."""
    registry = kopf.OperatorRegistry()
    handlers.register(registry)
    await kopf.operator(
        registry=registry,
        settings=handlers.settings(context.settings.watch_seconds),
        memo=context,
        standalone=True,
        clusterwide=not context.settings.namespaces,
        namespaces=context.settings.namespaces,
        liveness_endpoint=liveness_endpoint,
    )
