"""The endpoint of every model: finds it, reads the body, has a replica answer. Plain ASGI: the hot path."""

from dataclasses import replace

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tenfold_api.spec import Limits
from tenfold_gateway import about, targets
from tenfold_gateway.answers import as_json
from tenfold_gateway.asked import Asked, named_model, read_body
from tenfold_gateway.caller import Caller, Patrol
from tenfold_gateway.cold import Cold
from tenfold_gateway.envelope import call_of
from tenfold_gateway.errors import BodyTooLarge, EmptyBody, Lost, SlowBody, UnknownModel, WrongMethod
from tenfold_gateway.forward import Forwarder
from tenfold_gateway.metrics import Metrics
from tenfold_gateway.response_cache import Kept, ResponseCache
from tenfold_gateway.routes import Replica, Route, RouteTable, most_bytes, seconds_to_begin
from tenfold_gateway.settings import Settings
from tenfold_gateway.targets import Target

# Most bytes of a body that is read before it is known which model it is for: the default of one model.
_MOST = Limits().max_body_bytes.bytes


class Door:
    """Serves /models/<id> and its other names."""

    def __init__(
        self,
        table: RouteTable,
        cold: Cold,
        forwarder: Forwarder,
        cache: ResponseCache,
        patrol: Patrol,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._table = table
        self._cold = cold
        self._forwarder = forwarder
        self._metrics = metrics
        self._settings = settings
        self._cache = cache
        self._patrol = patrol

    async def serve(self, model: str, task: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for what follows /models/, or /pipeline/<task>/."""
        target = self._target(model, task)
        route = self._table.get(target.model_id)
        if route is None:
            raise UnknownModel(target.model_id)
        call_of(scope).model_id = route.model_id
        await self._serve(target, route, scope, receive, send)

    def _target(self, model: str, task: str) -> Target:
        return targets.task_target(task, model) if task else targets.target(model, self._table.get)

    async def serve_named(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of OpenAI's clients, whose body names the model."""
        with Caller(receive, send, self._patrol) as caller:
            body = await self._body(_MOST, scope, caller)
            model_id = named_model(body)
            route = self._table.get(model_id)
            if route is None:
                raise UnknownModel(model_id)
            call_of(scope).model_id = route.model_id
            self._table.mark_used(route.model_id)
            _refuse_larger(body, route)
            await self._answer(_asked(Target(route.model_id, path), scope, body), caller)

    async def _serve(self, target: Target, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"].replace("HEAD", "GET")
        if method not in target.methods:
            raise WrongMethod(method, target.methods)
        if method == "GET" and not (target.is_dialect or (target.predicts and route.replicas)):
            return await self._view(target.path, route)(scope, receive, send)
        if method == "POST":
            self._table.mark_used(route.model_id)
        with Caller(receive, send, self._patrol) as caller:
            most = most_bytes(route)
            body = await self._body(most, scope, caller)
            path = targets.PREDICT if method == "GET" and target.predicts else target.path
            await self._answer(_asked(Target(route.model_id, path), scope, body), caller)
        return None

    async def _body(self, most: int, scope: Scope, caller: Caller) -> bytes:
        caller.within(self._settings.body_timeout, SlowBody)
        body = await read_body(caller.receive, call_of(scope).headers, most)
        if not body and scope["method"] == "POST":
            raise EmptyBody
        return body

    async def _answer(self, asked: Asked, caller: Caller) -> None:
        caller.unhurried()
        caller.watched()
        route = await self._cold.awaited(asked)
        if key := self._cache.key(asked, route):
            if kept := self._cache.get(key):
                return await self._answer_again(kept, asked, caller)
            caller.send = self._cache.recording(key).around(caller.send)
        await self._answer_anew(asked, route, caller)
        return None

    async def _answer_again(self, kept: Kept, asked: Asked, caller: Caller) -> None:
        self._metrics.of(asked.model_id).cache_hits += 1
        await caller.send(dict(kept.start))
        await caller.send({"type": "http.response.body", "body": kept.body})

    async def _answer_anew(self, asked: Asked, route: Route, caller: Caller) -> None:
        try:
            await self._forward(asked, route, caller)
        except Lost as lost:
            caller.unhurried()
            await self._forward(asked, await self._elsewhere(asked, route, lost.replica), caller)

    async def _forward(self, asked: Asked, route: Route, caller: Caller) -> None:
        seconds = seconds_to_begin(route)
        with self._metrics.in_flight(asked.model_id):
            await self._forwarder.forward(asked, route.replicas, seconds, caller)

    async def _elsewhere(self, asked: Asked, route: Route, lost: Replica) -> Route:
        """Give the other replicas, else those that the table knows of a moment later."""
        if others := tuple(replica for replica in route.replicas if replica != lost):
            return replace(route, replicas=others)
        await self._table.wait(asked.model_id, lambda now: now is not route, self._settings.retry_pause)
        return await self._cold.awaited(asked)

    def _view(self, path: str, route: Route) -> Response:
        if path == targets.INFO:
            return as_json(about.endpoint_info(route))
        if path == targets.HEALTH:
            return self._health(route)
        return as_json({**about.description(route), **self._estimate(route)})

    def _health(self, route: Route) -> Response:
        if route.replicas:
            return as_json({"state": about.standing(route)})
        return as_json({"error": "unhealthy", "state": about.standing(route), **self._estimate(route)}, 503)

    def _estimate(self, route: Route) -> dict[str, float]:
        return {} if route.settled else {"estimated_time": round(self._cold.seconds_left(route), 1)}


def _asked(target: Target, scope: Scope, body: bytes) -> Asked:
    call = call_of(scope)
    return Asked(
        model_id=target.model_id,
        method=scope["method"],
        path=target.path,
        query=scope["query_string"].decode("latin-1"),
        headers=call.headers,
        body=body,
        request_id=call.request_id,
        address=(scope["client"] or ("",))[0],
    )


def _refuse_larger(body: bytes, route: Route) -> None:
    most = most_bytes(route)
    if len(body) > most:
        raise BodyTooLarge(most)
