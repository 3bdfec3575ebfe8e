"""Callers over kept connections, in a process of its own.

    python load.py URL CALLERS SECONDS [RATE] < bodies.jsonl

Each caller posts a body, awaits the answer, and posts the next: at once, or with a rate when its turn comes,
and then the latency counts from that turn, whether or not the caller was free. Prints one JSON object:
requests per second, the median and the 99th percentile of the latency in milliseconds, and what went wrong.

The callers share the cores with the server that they measure, so they do as little as they can: the event
loop calls each of them back, and none is a task.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count, cycle
from typing import cast
from urllib.parse import urlsplit

import uvloop
from httptools import HttpResponseParser


@dataclass(slots=True)
class Work:
    """What the callers share."""

    requests: Iterator[bytes]
    until: float
    """When they stop, on the clock."""
    turns: Iterator[float] | None
    """When each request begins, on the clock; None for at once."""
    times: list[float] = field(default_factory=list)
    failed: int = 0


class Caller(asyncio.Protocol):
    """Asks again whenever it was answered."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._loop = asyncio.get_running_loop()
        self._parser = HttpResponseParser(self)
        self._began = 0.0
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._work.times.append(time.perf_counter() - self._began)
        self._work.failed += self._parser.get_status_code() != 200
        self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server closed the connection"))

    def _go_on(self) -> None:
        now = time.perf_counter()
        if now >= self._work.until:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._began = next(self._work.turns) if self._work.turns else now
        if self._began > now:
            self._loop.call_later(self._began - now, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        self._transport.write(next(self._work.requests))


def request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def measure(
    url: str, bodies: list[bytes], callers: int, seconds: float, rate: float | None = None
) -> dict[str, float]:
    parts = urlsplit(url)
    began = time.perf_counter()
    turns = (began + turn / rate for turn in count()) if rate else None
    requests = cycle([request(parts.path or "/", body) for body in bodies])
    work = Work(requests, began + seconds, turns)
    connect = partial(
        asyncio.get_running_loop().create_connection,
        lambda: Caller(work),
        parts.hostname or "localhost",
        parts.port or 80,
    )
    for _, caller in [await connect() for _ in range(callers)]:
        await caller.ended
    return told(work, time.perf_counter() - began)


def told(work: Work, seconds: float) -> dict[str, float]:
    times = work.times * 2 if len(work.times) == 1 else work.times  # a slow server answers a lone caller once
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    rps = len(work.times) / seconds
    return {"rps": rps, "p50": 1e3 * cuts[49], "p99": 1e3 * cuts[98], "failed": work.failed}


if __name__ == "__main__":
    lines = [line.strip().encode() for line in sys.stdin if line.strip()]
    url, callers, *numbers = sys.argv[1:]
    print(json.dumps(uvloop.run(measure(url, lines, int(callers), *map(float, numbers)))))
