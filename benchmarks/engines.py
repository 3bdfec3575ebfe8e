"""BERT-base's network alone, without HTTP: Tenfold's beside those of torch and OpenVINO, each in a process.

Needs .venv-peers, which `make bench` sets up: benchmarks/peers/requirements.txt.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import artifacts
import models
import report
import servers

from tenfold_api.tasks import Task
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import Network
from tenfold_runtime.tokenizer import TextTokenizer

PYTHON = servers.HERE.parent / ".venv-peers" / "bin" / "python"
PEERS = ("torch", "torch.compile", "bfloat16", "OpenVINO")
BATCHES = ((1, 16), (1, 128), (16, 128))  # sequences, tokens
AIMS = {(1, 16): 5.0, (1, 128): 3.0, (16, 128): 2.0}
ROUNDS, RUNS = 3, 15


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        model = models.bert_base_classifier(Path(name) / "bert-base")
        artifact = Path(name) / "artifact"
        artifacts.build(model, Task.TEXT_CLASSIFICATION, artifact)
        with ExitStack() as stack:
            peers = [stack.enter_context(loop(engine, model)) for engine in PEERS]
            rows = compared(Ours(artifact), peers)
    report.publish("engines", "BERT-base's network without a server", rows)


def compared(ours: "Ours", peers: "list[subprocess.Popen[str]]") -> list[report.Row]:
    return [row for batch in BATCHES for row in beside(ours, peers, *batch)]


def beside(
    ours: "Ours", peers: "list[subprocess.Popen[str]]", sequences: int, tokens: int
) -> list[report.Row]:
    theirs = [partial(asked, peer, sequences, tokens) for peer in peers]
    tenfold, *others = report.alternate([partial(ours.measured, sequences, tokens), *theirs], ROUNDS)
    work, aim = f"{sequences} × {tokens} tokens", AIMS[sequences, tokens]
    pairs = zip(PEERS, others, strict=True)
    return [report.row(work, "p50", tenfold, other, name, aim) for name, other in pairs]


class Ours:
    """The network of an artifact, as the runtime calls it."""

    def __init__(self, artifact: Path) -> None:
        self._tokenizer = TextTokenizer(artifact / "tokenizer.json", facts.read(ModelFolder(artifact)))
        self._network = Network(artifact / GRAPH, artifacts.THREADS, frozen=True)

    def measured(self, sequences: int, tokens: int) -> dict[str, float]:
        """Give the median time of a batch; two of the tokens are special ones."""
        texts = models.texts(sequences, tokens - 2, tokens - 2)
        encodings = [self._tokenizer.encode(text, truncate=True) for text in texts]
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            self._network.run(encodings)
            times.append(time.perf_counter() - began)
        return {"p50": 1e3 * statistics.median(times), "failed": 0}


@contextmanager
def loop(engine: str, model: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run a peer's network in a process of its own within the block."""
    command = [str(PYTHON), str(servers.HERE / "peers" / "engine_loop.py"), engine, str(model)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


def asked(peer: "subprocess.Popen[str]", sequences: int, tokens: int) -> dict[str, float]:
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(json.dumps([sequences, tokens]) + "\n")
    peer.stdin.flush()
    return {"p50": 1e3 * float(peer.stdout.readline()), "failed": 0}


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing: `make bench` sets it up")
    main()
