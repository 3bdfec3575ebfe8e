"""Callers over kept connections, in a process of its own.

    python load.py URL CALLERS SECONDS [RATE] < bodies.jsonl

Each caller posts a body, awaits the answer, and posts the next: at once, or with a rate when its turn comes,
and then the latency counts from that turn, whether or not the caller was free. Prints one JSON object:
requests per second, the median and the 99th percentile of the latency in milliseconds, and what went wrong.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import count, cycle
from urllib.parse import urlsplit


async def call(
    url: str,
    bodies: Iterator[bytes],
    until: float,
    turns: Iterator[float] | None,
    times: list[float],
    failed: list[str],
) -> None:
    """Be one caller until the clock says `until`; turns: when to begin, on the clock."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while time.perf_counter() < until:
        body = next(bodies)
        began = next(turns) if turns else time.perf_counter()
        await asyncio.sleep(max(0.0, began - time.perf_counter()))
        writer.write(request(parts.path or "/", body))
        status = await answered(reader)
        times.append(time.perf_counter() - began)
        if status != 200:
            failed.append(str(status))
    writer.close()


def request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


async def answered(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end; give its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    headers = head.lower()
    if b"transfer-encoding: chunked" in headers:
        while (size := int(await reader.readline(), 16)) > 0:
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    else:
        start = headers.index(b"content-length:") + 15
        await reader.readexactly(int(headers[start : headers.index(b"\r\n", start)]))
    return int(head.split(b" ", 2)[1])


async def measure(
    url: str, bodies: list[bytes], callers: int, seconds: float, rate: float | None = None
) -> dict[str, float]:
    times: list[float] = []
    failed: list[str] = []
    endless = cycle(bodies)
    began = time.perf_counter()
    turns = (began + turn / rate for turn in count()) if rate else None
    await asyncio.gather(*(call(url, endless, began + seconds, turns, times, failed) for _ in range(callers)))
    took = time.perf_counter() - began
    # A slow server answers a lone caller once.
    cuts = statistics.quantiles(times * 2 if len(times) == 1 else times, n=100, method="inclusive")
    return {"rps": len(times) / took, "p50": 1e3 * cuts[49], "p99": 1e3 * cuts[98], "failed": len(failed)}


if __name__ == "__main__":
    lines = [line.strip().encode() for line in sys.stdin if line.strip()]
    url, callers, *numbers = sys.argv[1:]
    print(json.dumps(asyncio.run(measure(url, lines, int(callers), *map(float, numbers)))))
