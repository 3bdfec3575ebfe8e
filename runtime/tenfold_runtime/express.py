"""The shortest way of a request: a lone one, whose run is short, is answered without a task.

A task, coroutines that wait in one another, and what Starlette makes of a request and its answer take a third
of the time that a short request needs beside its run. All that is not so simple, or fails, is left to the
application, which begins anew.
"""

import time
from functools import partial

from tenfold_api import clients, names
from tenfold_api.clients import Client
from tenfold_api.http.exchange import Exchange, Headers
from tenfold_runtime.answering import Prediction
from tenfold_runtime.app import dumped, new_request_id
from tenfold_runtime.metrics import Metrics
from tenfold_runtime.predictor import Predictor
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


class Express:
    """Takes the requests that may be answered on the spot."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self._metrics = metrics

    def take(self, exchange: Exchange) -> bool:
        """Begin to answer a request that is complete; tell whether it was taken."""
        predictor, head = self._service.predictor, exchange.head
        if head.method != b"POST" or head.url != b"/" or exchange.line.is_full:
            return False
        if not isinstance(predictor, Predictor) or not predictor.may_be_short(exchange.body):
            return False
        return predictor.batcher.look_around(partial(self._go_on, exchange, predictor))

    def _go_on(self, exchange: Exchange, predictor: Predictor, alone: bool) -> None:
        if exchange.is_over:
            return  # nobody is there to be answered
        answer = self._answer(exchange, predictor) if alone else None
        if answer is None:
            exchange.line.run(exchange)
        else:
            exchange.answer(200, *answer)

    def _answer(self, exchange: Exchange, predictor: Predictor) -> tuple[bytes, bytes] | None:
        """Give an answer's headers and body; None where it is the application's to answer."""
        began, headers = time.perf_counter(), exchange.head.headers
        try:
            prediction = predictor.at_once(exchange.body, _client(headers))
            if prediction is None:
                return None
            lines, body = self._lines(prediction, headers), dumped(prediction.answer)
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return None
        self._metrics.took(time.perf_counter() - began)
        return lines, body

    def _lines(self, prediction: Prediction, asked: Headers) -> bytes:
        status = self._service.status
        return _LINES % (
            (status.compute_type or "cpu").encode(),
            prediction.characters,
            prediction.seconds,
            (status.revision or "").encode(),
            asked.get(_ID) or new_request_id().encode(),
        )


def _client(headers: Headers) -> Client:
    agent, accept = headers.get(b"user-agent", b""), headers.get(b"accept", b"*/*")
    return clients.parse(agent.decode("latin-1"), accept.decode("latin-1"))
