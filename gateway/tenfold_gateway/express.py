"""The shortest way of a request, without a coroutine: a replica answers, or the cache.

A task for each request, and coroutines that wait in one another, take longer than all that is done in them.
A request that is complete, for a model that answers, over a connection that is there, needs neither: the
caller's connection calls `take`, the replica's calls a `Passing`. All else, from the first request to a
replica to a model that sleeps, is left as it is to the application; so is a request whose replica closed the
connection before it answered.
"""

import logging
import time

from starlette.responses import Response

from tenfold_api.http.exchange import Exchange
from tenfold_gateway import headers
from tenfold_gateway.answers import refused
from tenfold_gateway.arriving import Answer, NotHttp
from tenfold_gateway.asked import Asked
from tenfold_gateway.caller import Patrol
from tenfold_gateway.connection import Connection
from tenfold_gateway.envelope import CALLER_LEFT
from tenfold_gateway.errors import Garbled, LeftIncomplete, Paused, Refusal, TooSlow
from tenfold_gateway.forward import Forwarder
from tenfold_gateway.metrics import Metrics
from tenfold_gateway.outgoing import request
from tenfold_gateway.response_cache import Kept, Recording, ResponseCache
from tenfold_gateway.routes import Replica, Route, RouteTable, most_bytes, seconds_to_begin
from tenfold_gateway.settings import Settings

log = logging.getLogger(__name__)

_MODELS = b"/models/"
_BODILESS = (204, 304)


class Express:
    """Takes the requests that need no wait."""

    def __init__(
        self,
        table: RouteTable,
        forwarder: Forwarder,
        cache: ResponseCache,
        patrol: Patrol,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self._table = table
        self._cache = cache
        self.forwarder = forwarder
        self.patrol = patrol
        self.metrics = metrics
        self.idle_timeout = settings.idle_timeout

    def take(self, exchange: Exchange) -> bool:
        """Begin to answer a request that is complete; tell whether it was taken."""
        try:
            return self._take(exchange)
        except Exception:
            log.exception("Failed to answer at once")
            return False  # the application tells the caller

    def _take(self, exchange: Exchange) -> bool:
        began, head = time.perf_counter(), exchange.head
        if head.method != b"POST" or not head.url.startswith(_MODELS) or exchange.line.is_full:
            return False
        model_id = head.url[len(_MODELS) :].decode("latin-1")  # an id needs no escapes
        route = self._table.get(model_id)
        if route is None or not route.replicas or not _is_plain(exchange, route):
            return False
        asked = Asked(
            model_id,
            headers=head.headers,
            body=exchange.body,
            request_id=headers.request_id(head.headers),
            address=exchange.line.address,
        )
        key = self._cache.key(asked, route)
        if key and (kept := self._cache.get(key)):
            self._answer_again(kept, asked, exchange, began)
            return True
        return self._ask(asked, route, exchange, self._cache.recording(key) if key else None, began)

    def _answer_again(self, kept: Kept, asked: Asked, exchange: Exchange, began: float) -> None:
        self._table.mark_used(asked.model_id)
        tally = self.metrics.of(asked.model_id)
        tally.cache_hits += 1
        tally.answered(200, time.perf_counter() - began)
        lines = kept.lines + headers.lines_on_every_answer(asked.request_id)
        exchange.answer(200, lines, kept.body)

    def _ask(
        self, asked: Asked, route: Route, exchange: Exchange, recording: Recording | None, began: float
    ) -> bool:
        ready = self.forwarder.at_once(route.replicas)
        if ready is None:
            return False
        self._table.mark_used(asked.model_id)
        Passing(self, asked, exchange, *ready, recording, began).begin(seconds_to_begin(route))
        return True


def _is_plain(exchange: Exchange, route: Route) -> bool:
    return 0 < len(exchange.body) <= most_bytes(route) and b"content-encoding" not in exchange.head.headers


class Passing:
    """One request that is at a replica, and its answer as it comes."""

    __slots__ = (
        "_asked",
        "_began",
        "_connection",
        "_deadline",
        "_exchange",
        "_express",
        "_recording",
        "_replica",
        "_seconds",
        "_status",
        "_tally",
    )

    def __init__(
        self,
        express: Express,
        asked: Asked,
        exchange: Exchange,
        replica: Replica,
        connection: Connection,
        recording: Recording | None,
        began: float,
    ) -> None:
        self._express = express
        self._asked = asked
        self._exchange = exchange
        self._replica = replica
        self._connection = connection
        self._recording = recording
        self._began = began
        self._status = CALLER_LEFT
        self._tally = express.metrics.of(asked.model_id)

    def begin(self, seconds: float) -> None:
        """Ask. The answer must begin within so many seconds."""
        self._tally.in_flight += 1
        self._within(seconds)
        self._express.patrol.add(self)
        self._exchange.on_left = self._left
        self._connection.tell(request(self._asked, self._replica.url), self._heard)

    def _within(self, seconds: float) -> None:
        self._seconds = seconds
        self._deadline = self._express.patrol.loop.time() + seconds

    # What the connection tells.

    def _heard(self) -> None:
        answer, failure = self._connection.answer, self._connection.failure
        if not answer.begun:
            if failure:
                self._fail(failure)
        elif not (answer.complete or answer.chunks or failure):
            self._within(self._express.idle_timeout)  # the head came alone; it goes on with the body
        elif answer.complete and not self._exchange.is_started and answer.status not in _BODILESS:
            self._answer(answer)
        else:
            self._stream(answer, failure)

    def _answer(self, answer: Answer) -> None:
        """Pass on an answer that came at one go, as most do."""
        passed, body = headers.from_runtime(answer.headers), answer.take()
        if self._recording:
            self._recording.begin(answer.status, passed)
            self._recording.go_on(body, more=False)
        self._status = answer.status
        self._end()
        lines = headers.lines(passed) + headers.lines_on_every_answer(self._asked.request_id)
        self._exchange.answer(answer.status, lines, body)

    def _stream(self, answer: Answer, failure: Exception | None) -> None:
        exchange, more = self._exchange, not answer.complete
        if not exchange.is_started:
            self._begin_answer(answer)
        chunk = answer.take()
        if self._recording:
            self._recording.go_on(chunk, more=more)
        if not more:
            self._end()
        exchange.go_on(chunk, more=more)
        if more and failure:
            self._break_off(str(failure))
        elif more:
            self._await_more()

    def _begin_answer(self, answer: Answer) -> None:
        passed = headers.from_runtime(answer.headers)
        if self._recording:
            self._recording.begin(answer.status, passed)
        self._status = answer.status
        self._exchange.on_room = self._connection.resume
        self._exchange.begin(answer.status, [*passed, *headers.on_every_answer(self._asked.request_id)])

    def _await_more(self) -> None:
        """While the caller does not read, the replica waits too."""
        self._within(self._express.idle_timeout)
        if self._exchange.line.is_full:
            self._connection.pause()

    # How it ends otherwise.

    def look(self, now: float) -> None:
        if now < self._deadline:
            return
        if self._exchange.is_started:
            self._break_off(str(Paused(self._seconds)))
        else:
            self._refuse(TooSlow(self._seconds))

    def _left(self) -> None:
        self._end()

    def _fail(self, failure: Exception) -> None:
        if isinstance(failure, NotHttp):
            log.warning("Got no HTTP from %s of %s: %s", self._replica.url, self._asked.model_id, failure)
            self._refuse(Garbled(self._asked.model_id))
        else:  # as likely as not it was closed while the request was under way
            self._give_back()
            self._express.forwarder.forget(self._replica)
            self._exchange.line.run(self._exchange)

    def _refuse(self, refusal: Refusal) -> None:
        answer: Response = refused(refusal)
        self._status = answer.status_code
        self._end()
        lines = headers.lines(answer.raw_headers) + headers.lines_on_every_answer(self._asked.request_id)
        self._exchange.answer(answer.status_code, lines, bytes(answer.body))

    def _break_off(self, reason: str) -> None:
        """Hang up, so that the caller notices."""
        log.warning("Cut off an answer of %s: %s", self._asked.model_id, LeftIncomplete(reason))
        self._end()
        self._exchange.leave()
        self._exchange.line.hang_up()

    def _end(self) -> None:
        self._give_back()
        self._tally.answered(self._status, time.perf_counter() - self._began)

    def _give_back(self) -> None:
        self._exchange.on_left = self._exchange.on_room = None
        self._connection.dismiss()
        self._express.patrol.remove(self)
        self._express.forwarder.give_back(self._replica, self._connection)
        self._tally.in_flight -= 1
