"""A gateway that listens, with a route table and a waker in the test's hands."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway_runtime import Act, FakeRuntime
from gateway_sockets import listening
from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import Failure, RuntimeStatus, State
from tenfold_gateway.app import Gateway, create_app
from tenfold_gateway.envelope import Envelope
from tenfold_gateway.estimate import PRIORS, LoadBook
from tenfold_gateway.routes import Replica, Route, RouteTable
from tenfold_gateway.server import server
from tenfold_gateway.settings import Settings

MODEL = "tests/model"
LOADING = RuntimeStatus(state=State.LOADING)
NEVER_LOADED = round(sum(PRIORS.values()), 1)
"""What is estimated where no load was ever measured, in seconds."""


def model(model_id: str = MODEL, **spec: Any) -> InferenceModel:
    return InferenceModel.of("model", {"modelId": model_id, "source": {"path": "model"}, **spec})


def route(model_id: str = MODEL, *urls: str, status: RuntimeStatus | None = LOADING, **spec: Any) -> Route:
    return Route(model(model_id, **spec), tuple(map(Replica, urls)), status)


class FakeWaker:
    """Notes who is woken; does nothing else unless told."""

    def __init__(self) -> None:
        self.woken: list[str] = []
        self.then: Callable[[str], Awaitable[None]] | None = None

    async def wake(self, model_id: str) -> None:
        self.woken.append(model_id)
        if self.then:
            await self.then(model_id)


@dataclass(frozen=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Application:
    """A gateway's application, which counts the requests that the server gives it."""

    def __init__(self, app: Envelope) -> None:
        self._app = app
        self.express = app.express
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += scope["type"] == "http"
        await self._app(scope, receive, send)


@dataclass
class World:
    """The gateway, what it is told, and a client."""

    settings: Settings
    stack: AsyncExitStack
    table: RouteTable = field(default_factory=RouteTable)
    waker: FakeWaker = field(default_factory=FakeWaker)
    book: LoadBook = field(default_factory=LoadBook)
    url: str = ""

    async def open(self) -> None:
        self.gateway = Gateway(self.table, self.waker, self.settings, self.book)
        self.app = Application(create_app(self.gateway))
        self.url = await self.stack.enter_async_context(listening(server(self.app, drain=1)))
        connector = aiohttp.TCPConnector(limit=0)
        self.client = await self.stack.enter_async_context(aiohttp.ClientSession(connector=connector))

    async def runtime(self, act: Act | None = None) -> tuple[FakeRuntime, str]:
        """Start a runtime of which the gateway does not know yet."""
        fake = FakeRuntime(act)
        return fake, await self.stack.enter_async_context(listening(fake.server()))

    async def ready(self, act: Act | None = None, model_id: str = MODEL, **spec: Any) -> FakeRuntime:
        """Start a runtime and tell the gateway of it."""
        fake, url = await self.runtime(act)
        self.table.put(route(model_id, url, **spec))
        return fake

    def cold(self, status: RuntimeStatus | None = LOADING, **spec: Any) -> None:
        self.table.put(route(status=status, **spec))

    def failed(self, status: int, message: str) -> None:
        failure = Failure(status=status, reason="Reason", message=message)
        self.table.put(Route(model(), failure=failure))

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request whose path is taken as it is written; `_` in a header's name stands for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        url = URL(self.url + path, encoded=True)
        async with self.client.request(method, url, data=body, headers=sent) as answer:
            lowered = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, lowered, await answer.read())

    async def post(
        self, path: str = f"/models/{MODEL}", body: Any = b'{"inputs": "a"}', **headers: str
    ) -> Reply:
        return await self.ask("POST", path, body, **headers)

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, **headers)

    async def metric(self, name: str) -> float:
        """Read the sum of a metric's lines."""
        lines = (await self.get("/metrics")).body.decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(f"tenfold_gateway_{name}"))

    async def until_held(self, count: int) -> None:
        """Wait until so many requests wait for their model."""
        async with asyncio.timeout(5):
            while await self.metric("held{") != count:  # noqa: ASYNC110 - it is asked over HTTP
                await asyncio.sleep(0.01)
