"""The runtime's HTTP face: predictions, health, and its account of itself."""

import asyncio
import json
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any, TypeAlias

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tenfold_api import clients, names
from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime import openapi
from tenfold_runtime.answering import Answer, Media, Stream
from tenfold_runtime.errors import BodyTooLarge, Overloaded, RequestError, TaskNotAnswered, Unforeseen
from tenfold_runtime.leaving import while_connected
from tenfold_runtime.metrics import Metrics
from tenfold_runtime.service import Service

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)

# The charset is left out, and proxies are told to pass each event on at once.
EVENT_STREAM = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
)


class _Runtime(Starlette):
    """Starlette, but that what asks for a prediction goes past its layers and routes: it is the hot path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = _predicting(scope)
        if handler is None:
            return await super().__call__(scope, receive, send)
        scope["app"] = self
        request = Request(scope, receive, send)
        try:
            response = await handler(request)
        except RequestError as error:
            response = await _refused(request, error)
        except ClientDisconnect:
            return None  # nobody is there to be answered
        except Exception as error:
            log.exception("Failed to answer")
            response = await _broke_down(request, error)
        return await response(scope, receive, send)


class _Events(StreamingResponse):
    """Server-sent events, sent by the task that answers; Starlette starts others to see the caller leave."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(ClientDisconnect):  # nobody is there to be answered
            await while_connected(receive, self.stream_response(send))


def _predicting(scope: Scope) -> Handler | None:
    """Give who answers a request for a prediction; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    path = scope["path"]
    if path == "/":
        return predict
    if path in names.OTHER_DIALECTS:
        return call
    start, _, task = path.rpartition("/")
    if start != names.PIPELINE_PATH or not task:
        return None
    scope["path_params"] = {"task": task}
    return predict


def create_app(service: Service, on_breakdown: Callable[[], None] = lambda: None) -> Starlette:
    """Assemble the application. The service runs for as long as the application does.

    on_breakdown: called when the service ended by an error that nobody foresaw.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(service.run())
        running.add_done_callback(_ended)
        yield
        running.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await running

    def _ended(running: asyncio.Task[None]) -> None:
        if not running.cancelled() and (error := running.exception()):
            log.error("%s broke down", service.model_id, exc_info=error)
            on_breakdown()

    app = _Runtime(
        routes=[
            # These three are answered before they come here; here they tell which method is right.
            Route("/", predict, methods=["POST"]),
            Route(names.PIPELINE_PATH + "/{task}", predict, methods=["POST"]),
            *(Route(path, call, methods=["POST"]) for path in names.OTHER_DIALECTS),
            Route(names.MODELS_PATH, models, methods=["GET"]),
            Route("/", info, methods=["GET"]),
            Route("/info", info, methods=["GET"]),
            Route("/health", ready, methods=["GET"]),
            Route(names.HEALTH_PATH, healthy, methods=["GET"]),
            Route(names.READY_PATH, ready, methods=["GET"]),
            Route(names.STATUS_PATH, status, methods=["GET"]),
            Route(names.METRICS_PATH, metrics, methods=["GET"]),
            Route(names.OPENAPI_PATH, described, methods=["GET"]),
        ],
        exception_handlers={
            RequestError: _refused,
            404: _no_such_path,
            405: _wrong_method,
            Exception: _broke_down,
        },
        lifespan=lifespan,
    )
    app.state.service = service
    app.state.metrics = Metrics(CollectorRegistry(), service)
    return app


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer JSON, without a charset: old clients compare the content type with ==."""
    return Response(dumped(content), status, {"content-type": "application/json", **(headers or {})})


def dumped(content: Any) -> bytes:
    """Write JSON. NaN becomes null."""
    return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


async def predict(request: Request) -> Response:
    service: Service = request.app.state.service
    predictor = service.predictor
    if predictor is None:
        return _not_ready(service)
    task = _named(request.path_params.get("task"))
    body = await _body(request, service.spec.limits.max_body_bytes.bytes)
    with request.app.state.metrics.measured():
        answer = await while_connected(
            request.receive, _begun(predictor.predict(body, task, _client(request)))
        )
    return _response(request, answer)


async def call(request: Request) -> Response:
    """Answer in another dialect than the hosted API's own, as OpenAI's."""
    service: Service = request.app.state.service
    predictor = service.predictor
    if predictor is None:
        return _not_ready(service)
    body = await _body(request, service.spec.limits.max_body_bytes.bytes)
    with request.app.state.metrics.measured():
        answering = predictor.call(request.url.path, body, _client(request))
        answer = await while_connected(request.receive, _begun(answering))
    return _response(request, answer)


def _client(request: Request) -> Client:
    return clients.parse(request.headers.get("user-agent", ""), request.headers.get("accept", "*/*"))


async def _begun(answering: Awaitable[Answer]) -> Answer:
    """Await an answer; a stream's first event too, so that what fails before it has a status of its own."""
    answer = await answering
    if not isinstance(answer, Stream):
        return answer
    first = await anext(answer.events)
    return Stream(_after(first, answer.events), answer.characters)


async def _after(first: bytes, events: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(events):
        yield first
        async for event in events:
            yield event


def _response(request: Request, answer: Answer) -> Response:
    headers = _headers(request, request.app.state.service, answer)
    if isinstance(answer, Stream):
        events = request.app.state.metrics.counted(answer.events)
        stream = {name.decode(): value.decode() for name, value in EVENT_STREAM}
        return _Events(events, headers={**headers, **stream})
    headers[names.COMPUTE_TIME] = f"{answer.seconds:.3f}"
    if not answer.repeatable:
        headers["cache-control"] = "no-store"
    if isinstance(answer.answer, Media):
        return Response(answer.answer.content, 200, {**headers, "content-type": answer.answer.content_type})
    return as_json(answer.answer, headers=headers)


def _named(task: str | None) -> Task | None:
    if task is None or task in set(Task):
        return None if task is None else Task(task)
    raise TaskNotAnswered(f"there is no task {task}; known are {', '.join(Task)}")


async def _body(request: Request, most: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise BodyTooLarge(f"the body is larger than {most} bytes")
        chunks.append(chunk)
    if not size:
        raise RequestError("Error in body: it is empty; send JSON with inputs")
    return b"".join(chunks)


def _headers(request: Request, service: Service, answer: Answer) -> dict[str, str]:
    status = service.status
    return {
        names.COMPUTE_TYPE: status.compute_type or "cpu",
        names.COMPUTE_CHARACTERS: str(answer.characters),
        names.SHA: status.revision or "",
        names.REQUEST_ID: _request_id(request),
    }


def _request_id(request: Request) -> str:
    return request.headers.get(names.REQUEST_ID) or new_request_id()


def new_request_id() -> str:
    return f"{random.getrandbits(128):032x}"


def _not_ready(service: Service) -> Response:
    failure = service.status.failure
    if failure is not None:
        return as_json({"error": failure.message}, failure.status)
    return as_json({"error": f"Model {service.model_id} is currently loading"}, 503, {"retry-after": "1"})


async def info(request: Request) -> Response:
    """Tell what the model is and how to call it."""
    service: Service = request.app.state.service
    status = service.status
    limits = service.spec.limits.model_dump(mode="json", by_alias=True)
    examples = service.predictor.examples() if service.predictor else {}
    known = {
        "task": status.task,
        "state": status.state,
        "engine": status.engine,
        "fallback": status.fallback,
        "revision": status.revision,
        "compute_type": status.compute_type,
    }
    return as_json({"id": service.model_id, **known, "limits": limits, "examples": examples})


async def models(request: Request) -> Response:
    """List the one model that is served here, as OpenAI's clients ask for it."""
    model = {"id": request.app.state.service.model_id, "object": "model", "created": 0, "owned_by": "tenfold"}
    return as_json({"object": "list", "data": [model]})


async def described(request: Request) -> Response:
    """Describe every path that answers, as OpenAPI has it."""
    service: Service = request.app.state.service
    accepted = service.predictor.accepted() if service.predictor else []
    document = openapi.document(service.model_id, service.status.revision, accepted)
    return Response(json.dumps(document), media_type="application/json")  # its bounds may exceed 64 bits


async def healthy(request: Request) -> Response:
    """Fail only when the worker is stuck, not when it is busy."""
    service: Service = request.app.state.service
    return as_json({"stuck": service.stuck}, 503 if service.stuck else 200)


async def ready(request: Request) -> Response:
    service: Service = request.app.state.service
    is_ready = service.predictor is not None
    return as_json({"state": service.status.state}, 200 if is_ready else 503)


async def status(request: Request) -> Response:
    service: Service = request.app.state.service
    return Response(service.status.model_dump_json(by_alias=True), media_type="application/json")


async def metrics(request: Request) -> Response:
    measured: Metrics = request.app.state.metrics
    return Response(generate_latest(measured.registry), media_type="text/plain; version=0.0.4")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)  # noqa: S101 - what it is registered for
    headers = {
        names.REQUEST_ID: _request_id(request),
        names.SHA: request.app.state.service.status.revision or "",
    }
    if isinstance(error, Overloaded):
        headers["retry-after"] = "1"
    return as_json(refusal(error, request.url.path, _client(request)), error.status, headers)


def refusal(error: RequestError, path: str, client: Client) -> dict[str, Any]:
    """Give the body of a refusal, as who asks at a path reads it."""
    is_openai = path.startswith("/v1/") and not clients.reads_chats_as_tgi_tells_them(client)
    return error.as_openai() if is_openai else error.as_hosted()


async def _broke_down(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw. The server logs it."""
    return await _refused(request, Unforeseen("the model failed at this request; the runtime's log says why"))


async def _no_such_path(request: Request, error: Exception) -> Response:
    return as_json({"error": f"there is nothing at {request.url.path}; POST / predicts"}, 404)


async def _wrong_method(request: Request, error: Exception) -> Response:
    return as_json({"error": f"{request.method} is not allowed here"}, 405, getattr(error, "headers", None))
