"""The short way of a request: what is small is answered without a task.

A task, coroutines that wait in one another, and what Starlette makes of a request and its answer take a third
of the time that a short request needs beside its run. A lone request whose run is short is run on the spot;
one that comes while others run or wait shares a run with them, and its answer is made when the run tells. A
stream is written as it comes. All that is not so simple, or fails at first, is left to the application, which
begins anew.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from tenfold_api import clients, names
from tenfold_api.clients import Client
from tenfold_api.http.exchange import Exchange, Head, Headers, RawHeaders
from tenfold_runtime.answering import Begun, Prediction, Streamer
from tenfold_runtime.app import EVENT_STREAM, dumped, new_request_id, refusal
from tenfold_runtime.errors import Overloaded, RequestError, TooSlow
from tenfold_runtime.metrics import Metrics
from tenfold_runtime.network import Outputs
from tenfold_runtime.predictor import Asked, Predictor
from tenfold_runtime.service import Service
from tenfold_runtime.streaming import Streamed

_COMPUTE_TYPE, _CHARACTERS = names.COMPUTE_TYPE.encode(), names.COMPUTE_CHARACTERS.encode()
_SHA, _ID = names.SHA.encode(), names.REQUEST_ID.encode()
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
_RETRY = b"retry-after: 1\r\n"


class Express:
    """Takes the requests that are answered without a task."""

    def __init__(self, service: Service, metrics: Metrics) -> None:
        self._service = service
        self.metrics = metrics

    def take(self, exchange: Exchange) -> bool:
        """Begin to answer a request that is complete; tell whether it was taken."""
        predictor = self._service.predictor
        if exchange.head.method != b"POST" or exchange.line.is_full:
            return False
        if isinstance(predictor, Streamer):
            return self._stream(exchange, predictor)
        if not isinstance(predictor, Predictor) or exchange.head.url != b"/":
            return False
        return predictor.is_small(exchange.body) and self._predict(exchange, predictor)

    def _predict(self, exchange: Exchange, predictor: Predictor) -> bool:
        if predictor.batcher.is_busy:
            return self._share(exchange, predictor)
        if not predictor.may_be_short(exchange.body):
            return False
        return predictor.batcher.look_around(partial(self._go_on, exchange, predictor))

    def _stream(self, exchange: Exchange, streamer: Streamer) -> bool:
        """Begin a stream; tell whether one is asked for, and can begin."""
        head = exchange.head
        try:
            begun = streamer.begin(_path(head), exchange.body, _client(head.headers))
        except Exception:  # noqa: BLE001 - the application meets it again, and tells the caller
            return False
        if begun is None:
            return False
        refuse = partial(self.refuse, exchange)
        Streamed(exchange, begun, self._headers(begun, head.headers), refuse, self.metrics)
        return True

    def _headers(self, begun: Begun, asked: Headers) -> RawHeaders:
        """Give the headers of a stream."""
        return [
            *EVENT_STREAM,
            (_COMPUTE_TYPE, self._compute_type),
            (_CHARACTERS, b"%d" % begun.characters),
            (_SHA, self._revision),
            (_ID, _request_id(asked)),
        ]

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
        lines = _LINES % (
            self._compute_type,
            prediction.characters,
            prediction.seconds,
            self._revision,
            _request_id(asked),
        )
        return lines, dumped(prediction.answer)

    def refuse(self, exchange: Exchange, error: RequestError) -> None:
        """Answer with an error that is known by now."""
        head = exchange.head
        lines = _LINES_OF_REFUSAL % (self._revision, _request_id(head.headers))
        if isinstance(error, Overloaded):
            lines += _RETRY
        body = refusal(error, _path(head), _client(head.headers))
        exchange.answer(error.status, lines, dumped(body))

    @property
    def _compute_type(self) -> bytes:
        return (self._service.status.compute_type or "cpu").encode()

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
        self._express.refuse(self._exchange, TooSlow.after(self._predictor.timeout))
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


def _path(head: Head) -> str:
    return head.url.decode("latin-1")


def _client(headers: Headers) -> Client:
    """Read who asks."""
    agent, accept = headers.get(b"user-agent", b""), headers.get(b"accept", b"*/*")
    return clients.parse(agent.decode("latin-1"), accept.decode("latin-1"))


def _request_id(headers: Headers) -> bytes:
    return headers.get(_ID) or new_request_id().encode()
