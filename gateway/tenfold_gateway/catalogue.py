"""What may be asked beside predictions: about models, about the gateway itself."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

from tenfold_api.load import GatewayLoad, ModelLoad
from tenfold_api.tasks import Task
from tenfold_gateway import about
from tenfold_gateway.answers import as_json
from tenfold_gateway.errors import UnknownModel
from tenfold_gateway.metrics import Metrics
from tenfold_gateway.routes import Route, RouteTable


class Catalogue:
    """Reads the route table for those who look before they ask."""

    def __init__(self, table: RouteTable) -> None:
        self._table = table

    async def status(self, request: Request) -> Response:
        return as_json(about.hub_status(self._named(request)))

    async def model(self, request: Request) -> Response:
        return as_json(about.hub_model(self._named(request)))

    async def framework(self, request: Request) -> Response:
        """List the models that answer at once."""
        wanted = request.path_params["framework"]
        warm = (route for route in self._table if route.replicas)
        return as_json([about.deployed(r) for r in warm if wanted in (about.framework(r), "all")])

    async def tasks(self, request: Request) -> Response:
        """List the models by what they do, those that are ready first."""
        routes = sorted(self._table, key=lambda route: not route.replicas)
        by_task = {task.value: [r.model_id for r in routes if task in about.tasks(r)] for task in Task}
        return as_json({task: about.hub_task(task, models) for task, models in by_task.items() if models})

    async def openai_models(self, request: Request) -> Response:
        return as_json({"object": "list", "data": [about.openai_model(route) for route in self._table]})

    async def openai_model(self, request: Request) -> Response:
        return as_json(about.openai_model(self._named(request)))

    def _named(self, request: Request) -> Route:
        model_id = request.path_params["model"].rstrip("/")
        if route := self._table.get(model_id):
            return route
        raise UnknownModel(model_id)


class Probes:
    """What Kubernetes, Prometheus and the operator ask."""

    def __init__(self, ready: asyncio.Event, metrics: Metrics, table: RouteTable) -> None:
        self._ready = ready
        self._metrics = metrics
        self._table = table

    async def healthy(self, request: Request) -> Response:
        return as_json({"ok": True})

    async def ready(self, request: Request) -> Response:
        is_ready = self._ready.is_set()
        return as_json({"ready": is_ready}, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def load(self, request: Request) -> Response:
        """Tell of the requests for every model: the operator counts replicas by it."""
        requests = self._metrics.requests()
        ids = [route.model_id for route in self._table]
        models = {each: self._load(each, requests[each]) for each in ids}
        return Response(
            GatewayLoad(models=models).model_dump_json(by_alias=True), media_type="application/json"
        )

    def _load(self, model_id: str, requests: int) -> ModelLoad:
        idle = 0.0 if requests else round(self._table.idle_seconds(model_id), 1)
        return ModelLoad(requests=requests, idle=idle)
