"""What every answer carries, whoever made it: the request's id, CORS headers, a line in the metrics."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenfold_api.http.exchange import Exchange, Headers
from tenfold_gateway import headers
from tenfold_gateway.answers import as_json, refused
from tenfold_gateway.errors import CallerLeft, LeftIncomplete, Refusal
from tenfold_gateway.metrics import Metrics

log = logging.getLogger(__name__)

# As nginx logs it: the caller hung up before there was an answer.
CALLER_LEFT = 499


@dataclass(slots=True)
class Call:
    """What the parts of the gateway tell each other of one request."""

    request_id: bytes
    headers: Headers
    """Those of the caller."""
    model_id: str = ""
    """The model, once it is known that there is one of this name."""
    status: int = CALLER_LEFT


class Envelope:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, metrics: Metrics, express: Callable[[Exchange], bool]) -> None:
        """express: the short way around the whole application, for the server."""
        self.express = express
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.perf_counter()
        asked = dict(scope["headers"])
        scope["state"]["call"] = call = Call(headers.request_id(asked), asked)
        app = Response(status_code=204, headers=headers.preflight(asked)) if _asks_first(scope) else self._app
        await _guarded(app, scope, receive, _enveloping(call, send))
        self._metrics.of(call.model_id).answered(call.status, time.perf_counter() - began)
        return None


def call_of(scope: Scope) -> Call:
    call: Call = scope["state"]["call"]
    return call


def _asks_first(scope: Scope) -> bool:
    return bool(scope["method"] == "OPTIONS")


def _enveloping(call: Call, send: Send) -> Send:
    async def enveloped(message: Message) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *headers.on_every_answer(call.request_id)]
        await send(message)

    return enveloped


async def _guarded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what a part of the gateway raised. Of an error of our own the caller hears only the id."""
    call = call_of(scope)
    try:
        return await app(scope, receive, send)
    except Refusal as error:
        answer = refused(error)
    except CallerLeft:
        return None
    except LeftIncomplete as error:
        return log.warning("Cut off an answer of %s: %s", call.model_id, error)
    except Exception:
        log.exception("Failed to answer request %s", call.request_id.decode())
        answer = as_json({"error": "internal error"}, 500)
    if call.status == CALLER_LEFT:
        await answer(scope, receive, send)
    return None
