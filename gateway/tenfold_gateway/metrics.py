"""What Prometheus is told."""

from collections import Counter as Counted
from contextlib import AbstractContextManager
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_REQUESTS = "tenfold_gateway_requests"
_SECONDS = "tenfold_gateway_request_seconds"
_IN_FLIGHT = "tenfold_gateway_in_flight"
_HELD = "tenfold_gateway_held"
_CACHE_HITS = "tenfold_gateway_cache_hits"


class Metrics:
    """Counters of one gateway, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = mine = CollectorRegistry()
        self._requests = Counter(_REQUESTS, "Requests answered.", ["model", "status"], registry=mine)
        self._seconds = Histogram(_SECONDS, "Time from request to end of answer.", ["model"], registry=mine)
        self._in_flight = Gauge(_IN_FLIGHT, "Requests at a replica now.", ["model"], registry=mine)
        self._held = Gauge(_HELD, "Requests that wait for their model now.", ["model"], registry=mine)
        self._cache_hits = Counter(_CACHE_HITS, "Answers from the cache.", ["model"], registry=mine)

        # Finding a child by its labels takes longer than counting: each is looked for once.
        self._requests_of = cache(self._requests.labels)
        self._seconds_of = cache(self._seconds.labels)
        self._in_flight_of = cache(self._in_flight.labels)
        self._cache_hits_of = cache(self._cache_hits.labels)

    def answered(self, model_id: str, status: int, seconds: float) -> None:
        self._requests_of(model_id, status).inc()
        self._seconds_of(model_id).observe(seconds)

    def cache_hit(self, model_id: str) -> None:
        self._cache_hits_of(model_id).inc()

    def in_flight(self, model_id: str) -> AbstractContextManager[None]:
        return self._in_flight_of(model_id).track_inprogress()

    def held(self, model_id: str) -> AbstractContextManager[None]:
        return self._held.labels(model_id).track_inprogress()

    def requests(self) -> Counted[str]:
        """Count the requests that are at a replica or wait for one, by model id."""
        counted: Counted[str] = Counted()
        for gauge in (self._in_flight, self._held):
            for sample in next(iter(gauge.collect())).samples:
                counted[sample.labels["model"]] += int(sample.value)
        return counted

    def text(self) -> bytes:
        return generate_latest(self.registry)
