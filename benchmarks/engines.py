"""BERT-base's network alone, without HTTP: Tenfold's beside those of torch and OpenVINO, each in a process.

Needs .venv-peers, which `make bench` sets up: benchmarks/peers/requirements.txt.
"""

import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import artifacts
import loops
import models
import report

from tenfold_api.tasks import Task
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import Network
from tenfold_runtime.tokenizer import TextTokenizer

PYTHON, SCRIPT = loops.python(".venv-peers"), "engine_loop.py"
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
            peers = [stack.enter_context(loops.running(PYTHON, SCRIPT, engine, model)) for engine in PEERS]
            rows = compared(Ours(artifact), peers)
    report.publish("engines", "BERT-base's network without a server", rows)


def compared(ours: "Ours", peers: list[loops.Loop]) -> list[report.Row]:
    return [row for batch in BATCHES for row in beside(ours, peers, *batch)]


def beside(ours: "Ours", peers: list[loops.Loop], sequences: int, tokens: int) -> list[report.Row]:
    theirs = [partial(median, peer, sequences, tokens) for peer in peers]
    tenfold, *others = report.alternate([partial(ours.measured, sequences, tokens), *theirs], ROUNDS)
    work, aim = f"{sequences} × {tokens} tokens", AIMS[sequences, tokens]
    pairs = zip(PEERS, others, strict=True)
    return [report.row(work, "p50", tenfold, other, name, aim) for name, other in pairs]


def median(peer: loops.Loop, sequences: int, tokens: int) -> dict[str, float]:
    return {"p50": 1e3 * loops.ask(peer, sequences, tokens), "failed": 0}


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


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing: `make bench` sets it up")
    main()
