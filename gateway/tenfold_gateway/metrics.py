"""What Prometheus is told.

A request only adds to plain numbers, all on one event loop; series are made of them when Prometheus asks.
prometheus_client's own counters take a lock for each of the five.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

_BOUNDS = Histogram.DEFAULT_BUCKETS
_REQUESTS = "tenfold_gateway_requests"
_SECONDS = "tenfold_gateway_request_seconds"
_IN_FLIGHT = "tenfold_gateway_in_flight"
_HELD = "tenfold_gateway_held"
_CACHE_HITS = "tenfold_gateway_cache_hits"


class Tally:
    """What was counted of one model."""

    __slots__ = ("answered_by_status", "cache_hits", "held", "in_flight", "seconds", "within")

    def __init__(self) -> None:
        self.answered_by_status: dict[int, int] = {}
        self.within = [0] * len(_BOUNDS)
        """Answers by the first bound that their seconds do not exceed."""
        self.seconds = 0.0
        self.in_flight = self.held = self.cache_hits = 0

    def answered(self, status: int, seconds: float) -> None:
        self.answered_by_status[status] = self.answered_by_status.get(status, 0) + 1
        self.within[bisect_left(_BOUNDS, seconds)] += 1
        self.seconds += seconds


class Metrics(Collector):
    """Tallies of one gateway by model id, in a registry of their own."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self.registry = CollectorRegistry()
        self.registry.register(self)

    def of(self, model_id: str) -> Tally:
        """Give what is counted of a model; "" where it is not known which."""
        tally = self._tallies.get(model_id)
        if tally is None:
            tally = self._tallies[model_id] = Tally()
        return tally

    @contextmanager
    def in_flight(self, model_id: str) -> Iterator[None]:
        tally = self.of(model_id)
        tally.in_flight += 1
        try:
            yield
        finally:
            tally.in_flight -= 1

    @contextmanager
    def held(self, model_id: str) -> Iterator[None]:
        tally = self.of(model_id)
        tally.held += 1
        try:
            yield
        finally:
            tally.held -= 1

    def requests(self) -> Counter[str]:
        """Count the requests that are at a replica or wait for one, by model id."""
        return Counter({model: tally.in_flight + tally.held for model, tally in self._tallies.items()})

    def text(self) -> bytes:
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Make the series. prometheus_client calls this."""
        requests = CounterMetricFamily(_REQUESTS, "Requests answered.", labels=["model", "status"])
        seconds = HistogramMetricFamily(_SECONDS, "Time from request to end of answer.", labels=["model"])
        in_flight = GaugeMetricFamily(_IN_FLIGHT, "Requests at a replica now.", labels=["model"])
        held = GaugeMetricFamily(_HELD, "Requests that wait for their model now.", labels=["model"])
        hits = CounterMetricFamily(_CACHE_HITS, "Answers from the cache.", labels=["model"])
        for model, tally in self._tallies.items():
            for status, count in tally.answered_by_status.items():
                requests.add_metric([model, str(status)], count)
            seconds.add_metric([model], _cumulative(tally), tally.seconds)
            in_flight.add_metric([model], tally.in_flight)
            held.add_metric([model], tally.held)
            hits.add_metric([model], tally.cache_hits)
        yield from (requests, seconds, in_flight, held, hits)


def _cumulative(tally: Tally) -> list[tuple[str, float]]:
    bounds = ("+Inf" if bound == float("inf") else str(bound) for bound in _BOUNDS)
    return list(zip(bounds, accumulate(tally.within), strict=True))
