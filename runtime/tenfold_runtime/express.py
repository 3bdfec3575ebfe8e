"""The short way of a request: what is small is answered without a task.

A task, coroutines that wait in one another, and what Starlette makes of a request and its answer take a third
of the time that a short request needs beside its run. A lone request whose run is short is run on the spot;
one that comes while others run or wait shares a run with them, and its answer is made when the run tells. All
that is not so simple, or fails, is left to the application, which begins anew.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from tenfold_api import clients, names
from tenfold_api.clients import Client
from tenfold_api.http.exchange import Exchange, Headers
from tenfold_runtime.answering import Prediction
from tenfold_runtime.app import dumped, new_request_id
from tenfold_runtime.errors import TooSlow
from tenfold_runtime.metrics import Metrics
from tenfold_runtime.network import Outputs
from tenfold_runtime.predictor import Asked, Predictor
from tenfold_runtime.service import Service

_ID = names.REQUEST_ID.encode()
_LINES = "\r\n".join(
    [
        "content-type: application/json",
        f"{names.COMPUTE_TYPE}: %b",
        f"{names.COMPUTE_CHARACTERS}: %d",
        f"{names.COMPUTE_TIME}: %.3f",
        f"{names.SHA}: %b",
        f"{names.REQUEST_ID}: %b",
        "",
    ]
).encode()
_LINES_OF_REFUSAL = "\r\n".join(
    ["content-type: application/json", f"{names.SHA}: %b", f"{names.REQUEST_ID}: %b", ""]
).encode()


class Express:
    """Takes the requests that are answered without a task."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self.metrics = metrics

    def take(self, exchange: Exchange) -> bool:
        """Begin to answer a request that is complete; tell whether it was taken."""
        predictor, head = self._service.predictor, exchange.head
        if head.method != b"POST" or head.url != b"/" or exchange.line.is_full:
            return False
        if not isinstance(predictor, Predictor) or not predictor.is_small(exchange.body):
            return False
        if predictor.batcher.is_busy:
            return self._share(exchange, predictor)
        if not predictor.may_be_short(exchange.body):
            return False
        return predictor.batcher.look_around(partial(self._go_on, exchange, predictor))

    def _go_on(self, exchange: Exchange, predictor: Predictor, alone: bool) -> None:
        if exchange.is_over:
            return  # nobody is there to be answered
        if alone:
            body, headers = exchange.body, exchange.head.headers
            self.give(exchange, lambda: predictor.at_once(body, _client(headers)), time.perf_counter())
        elif not self._share(exchange, predictor):
            exchange.line.run(exchange)

    def give(self, exchange: Exchange, predict: Callable[[], Prediction | None], began: float) -> None:
        """Answer what is predicted; leave it to the application where that is nothing, or fails.

        began: when the request was, on the clock.
        """
        try:
            prediction = predict()
            answer = self._answer(prediction, exchange.head.headers) if prediction else None
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            answer = None
        if answer is None:
            return exchange.line.run(exchange)
        self.metrics.took(time.perf_counter() - began)
        return exchange.answer(200, *answer)

    def _share(self, exchange: Exchange, predictor: Predictor) -> bool:
        """Queue a request; tell whether that was possible."""
        if predictor.batcher.is_full:
            return False  # before it is read: the application refuses it
        try:
            asked = predictor.asked(exchange.body)
            outputs = predictor.batcher.queue(asked.encodings)
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return False
        _Shared(self, exchange, predictor, asked, outputs)
        return True

    def _answer(self, prediction: Prediction, asked: Headers) -> tuple[bytes, bytes]:
        """Give an answer's headers and body."""
        status = self._service.status
        lines = _LINES % (
            (status.compute_type or "cpu").encode(),
            prediction.characters,
            prediction.seconds,
            self._revision,
            _request_id(asked),
        )
        return lines, dumped(prediction.answer)

    def refusal(self, error: TooSlow, asked: Headers) -> tuple[bytes, bytes]:
        """Give the headers and the body of an answer that came too late."""
        return _LINES_OF_REFUSAL % (self._revision, _request_id(asked)), dumped(error.as_hosted())

    @property
    def _revision(self) -> bytes:
        return (self._service.status.revision or "").encode()


class _Shared:
    """A request whose run is shared with others."""

    def __init__(
        self,
        express: Express,
        exchange: Exchange,
        predictor: Predictor,
        asked: Asked,
        outputs: asyncio.Future[list[Outputs]],
    ) -> None:
        self._express = express
        self._exchange = exchange
        self._predictor = predictor
        self._asked = asked
        self._outputs = outputs
        self._timer = asyncio.get_running_loop().call_later(predictor.timeout, self._refuse)
        express.metrics.began()
        outputs.add_done_callback(self._end)
        exchange.on_left = outputs.cancel

    def _refuse(self) -> None:
        """Tell that it takes too long."""
        headers = self._exchange.head.headers
        error = TooSlow.after(self._predictor.timeout)
        self._exchange.answer(error.status, *self._express.refusal(error, headers))
        self._outputs.cancel()

    def _end(self, outputs: asyncio.Future[list[Outputs]]) -> None:
        self._timer.cancel()
        self._express.metrics.ended()
        self._exchange.on_left = None
        if self._exchange.is_over:
            return None  # the caller is gone, or was refused
        if outputs.cancelled():
            return self._exchange.line.hang_up()  # the model goes: nobody would answer
        asked, headers = self._asked, self._exchange.head.headers
        return self._express.give(
            self._exchange, lambda: asked.answered(outputs.result(), _client(headers)), asked.began
        )


def _client(headers: Headers) -> Client:
    """Read who asks."""
    agent, accept = headers.get(b"user-agent", b""), headers.get(b"accept", b"*/*")
    return clients.parse(agent.decode("latin-1"), accept.decode("latin-1"))


def _request_id(headers: Headers) -> bytes:
    return headers.get(_ID) or new_request_id().encode()
