"""The short way of a request: what is small is answered without a task.

A task, coroutines that wait in one another, and what Starlette makes of a request and its answer take a third
of the time that a short request needs beside its run. A lone request whose run is short is run on the spot;
one that comes while others run or wait shares a run with them, and its answer is made when the run tells. All
that is not so simple, or fails, is left to the application, which begins anew.
"""

import asyncio
import time
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
        if not alone:
            if not self._share(exchange, predictor):
                exchange.line.run(exchange)
            return
        answer = self._at_once(exchange, predictor)
        if answer is None:
            exchange.line.run(exchange)
        else:
            exchange.answer(200, *answer)

    def _at_once(self, exchange: Exchange, predictor: Predictor) -> tuple[bytes, bytes] | None:
        """Give an answer's headers and body; None where it is the application's to answer."""
        began, headers = time.perf_counter(), exchange.head.headers
        try:
            prediction = predictor.at_once(exchange.body, client(headers))
            if prediction is None:
                return None
            answer = self.answer(prediction, headers)
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return None
        self.metrics.took(time.perf_counter() - began)
        return answer

    def _share(self, exchange: Exchange, predictor: Predictor) -> bool:
        """Queue a request; tell whether that was possible."""
        try:
            asked = predictor.asked(exchange.body)
            outputs = predictor.batcher.queue(asked.encodings)
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return False
        _Shared(self, exchange, predictor, asked, outputs)
        return True

    def answer(self, prediction: Prediction, asked: Headers) -> tuple[bytes, bytes]:
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
        error = self._predictor.too_slow()
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
        answer = None if outputs.exception() else self._answer(outputs.result())
        if answer is None:
            self._exchange.line.run(self._exchange)
        else:
            self._exchange.answer(200, *answer)
        return None

    def _answer(self, outputs: list[Outputs]) -> tuple[bytes, bytes] | None:
        headers = self._exchange.head.headers
        try:
            prediction = self._asked.answered(outputs, client(headers))
            answer = self._express.answer(prediction, headers)
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return None
        self._express.metrics.took(prediction.seconds)
        return answer


def client(headers: Headers) -> Client:
    """Read who asks."""
    agent, accept = headers.get(b"user-agent", b""), headers.get(b"accept", b"*/*")
    return clients.parse(agent.decode("latin-1"), accept.decode("latin-1"))


def _request_id(headers: Headers) -> bytes:
    return headers.get(_ID) or new_request_id().encode()
