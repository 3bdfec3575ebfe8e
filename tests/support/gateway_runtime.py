"""A runtime that behaves as the test says, and remembers what it was asked."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import Message, Receive, Scope, Send

Act = Callable[[Receive, Send], Awaitable[None]]


def start(status: int, **headers: str) -> Message:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def chunk(body: bytes, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


def answer(body: bytes = b"[0.5]", status: int = 200, **headers: str) -> Act:
    """Answer at once."""

    async def act(receive: Receive, send: Send) -> None:
        sent = {"content_type": "application/json", "content_length": str(len(body)), **headers}
        await send(start(status, **sent))
        await send(chunk(body))

    return act


def break_off(*, after: bytes = b"[0.", **headers: str) -> Act:
    """Begin an answer and go away in its midst."""

    async def act(receive: Receive, send: Send) -> None:
        await send(start(200, **headers))
        await send(chunk(after, more=True))

    return act


@dataclass
class Paused:
    """Says one thing, waits for `go_on`, says another."""

    first: bytes = b"data: 1\n\n"
    then: bytes = b"data: 2\n\n"
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, receive: Receive, send: Send) -> None:
        await send(start(200, content_type="text/event-stream"))
        await send(chunk(self.first, more=True))
        await self.go_on.wait()
        await send(chunk(self.then))


@dataclass
class Silent:
    """Never answers; `left` is set once the gateway has hung up."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, receive: Receive, send: Send) -> None:
        self.begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()


@dataclass(frozen=True)
class Seen:
    """One request, as the runtime saw it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class FakeRuntime:
    """An ASGI application in the place of a runtime."""

    def __init__(self, act: Act | None = None) -> None:
        self.act = act or answer()
        self.seen: list[Seen] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        query = scope["query_string"].decode()
        self.seen.append(Seen(scope["method"], scope["path"], query, headers, await _body(receive)))
        await self.act(receive, send)

    def server(self) -> uvicorn.Server:
        config: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
        return uvicorn.Server(uvicorn.Config(self, timeout_graceful_shutdown=1, **config))


async def _body(receive: Receive) -> bytes:
    chunks, more = [], True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)
