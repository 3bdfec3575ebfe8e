"""GPT-2 generating over HTTP, one stream and sixteen: Tenfold beside transformers' generate."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import decoders
import httpx2
import load
import report
import servers
import uvloop
from httptools import HttpResponseParser

TOKENS, STREAMS, ROUNDS = 64, 16, 5
PEER = "transformers generate"

Measured = Callable[[], dict[str, float]]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        model = decoders.gpt2(work / "gpt2")
        with servers.tenfold(model, work) as ours, peer(model) as theirs:
            rows = compared(ours, theirs)
        print(manifest(work))
    report.publish("generation", "GPT-2 generating over HTTP", rows)


def peer(model: Path, dtype: str = "float32") -> Any:
    port = servers.free_port()
    script = str(servers.HERE / "peers" / "generate_server.py")
    command = [sys.executable, script, str(model), str(port), dtype]
    return servers.process(command, f"http://127.0.0.1:{port}/")


def compared(ours: str, theirs: str) -> list[report.Row]:
    one, many = decoders.prompts(1, 16, 16), decoders.prompts(STREAMS, 8, 24)
    alike = decoders.prompts(STREAMS, 16, 16)  # transformers pads a batch; alike, nothing is lost to padding
    alone, together, other, batch = report.alternate(
        [
            lambda: uvloop.run(streamed(ours, one)),
            lambda: uvloop.run(streamed(ours, many)),
            lambda: whole(theirs, one[0], 1),
            lambda: whole(theirs, alike, STREAMS),
        ],
        ROUNDS,
    )
    return [
        row(f"one stream of {TOKENS} tokens", alone, other, PEER, 5.0),
        row(f"{STREAMS} streams at once, in sum", together, other, f"{PEER}, one by one", 20.0),
        row(f"{STREAMS} streams at once, in sum", together, batch, f"{PEER}, one batch", 3.0),
        first_token(alone, together),
    ]


def row(
    work: str, ours: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]], name: str, aim: float
) -> report.Row:
    tenfold, other = report.median(ours, "rate"), report.median(theirs, "rate")
    return report.Row(
        work, "tokens/s", round(tenfold, 1), round(other, 1), name, round(tenfold / other, 2), aim
    )


def first_token(alone: Sequence[dict[str, float]], together: Sequence[dict[str, float]]) -> report.Row:
    """Compare the time to the first token among many streams with what a lone one may take four times of."""
    among, most = report.median(together, "first"), 4 * report.median(alone, "first")
    work, peer = f"first token among {STREAMS} streams", "four times a lone stream's"
    return report.Row(work, "ms, median", round(among, 1), round(most, 1), peer, round(most / among, 2), 1.0)


def question(inputs: Any, tokens: int, *, stream: bool = False) -> dict[str, Any]:
    return {"inputs": inputs, "stream": stream, "parameters": {"max_new_tokens": tokens}}


async def streamed(url: str, prompts: list[str], tokens: int = TOKENS) -> dict[str, float]:
    """Read streams side by side: their tokens a second in sum, and the median time to the first, in ms."""
    asked = [json.dumps(question(prompt, tokens, stream=True)).encode() for prompt in prompts]
    streams = [Stream(load.request(urlsplit(url).path or "/", body)) for body in asked]
    began = time.perf_counter()
    await asyncio.gather(*(one.begin(url) for one in streams))
    counts = await asyncio.gather(*(one.ended for one in streams))
    took = time.perf_counter() - began
    assert counts == [tokens] * len(prompts)
    firsts = [one.first - began for one in streams]
    return {"rate": sum(counts) / took, "first": 1e3 * statistics.median(firsts)}


class Stream(asyncio.Protocol):
    """Asks once, and counts the events of the answer as they come.

    It is called back, and parses no event: what it does takes time of the cores that are measured.
    """

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        self._parser = HttpResponseParser(self)
        self._events = 0
        self.first = 0.0
        """When the first event came, on the clock."""
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The number of events, once the answer is through."""

    async def begin(self, url: str) -> None:
        parts = urlsplit(url)
        connect = asyncio.get_running_loop().create_connection
        await connect(lambda: self, parts.hostname or "localhost", parts.port or 80)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._asked)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.first = self.first or time.perf_counter()
        self._events += body.count(b"\n\n")

    def on_message_complete(self) -> None:
        self.ended.set_result(self._events)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(exc or ConnectionError("the server closed the connection"))


def whole(url: str, inputs: Any, texts: int, tokens: int = TOKENS) -> dict[str, float]:
    began = time.perf_counter()
    answer = httpx2.post(url, json=question(inputs, tokens), timeout=600)
    assert answer.status_code == 200 and len(answer.json()) == texts
    return {"rate": texts * tokens / (time.perf_counter() - began)}


def manifest(work: Path) -> str:
    """Tell which form of the weights served."""
    (path,) = (work / "cache").glob("artifacts/*/*/manifest.json")
    content = json.loads(path.read_text())
    return json.dumps({"form": content["form"], "candidates": content["candidates"]})


if __name__ == "__main__":
    main()
