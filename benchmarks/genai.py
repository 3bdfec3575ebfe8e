"""SmolLM2-135M generating without a server: Tenfold's decoder beside onnxruntime-genai, both of int4 weights.

Needs .venv-genai, which `make bench` sets up: benchmarks/peers/genai-requirements.txt.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import artifacts
import decoders
import generation
import loops
import numpy as np
import numpy.typing as npt
import report

from tenfold_api.spec import Quantization
from tenfold_api.tasks import Task
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.generation.decoder import Decoder

Ids = npt.NDArray[np.int64]

PYTHON = loops.python(".venv-genai")
PROMPT, TOKENS, ROUNDS = 16, 64, 5
WORK = {1: "one sequence", 16: "16 sequences at once"}
PREFILL = 256


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = decoders.smollm2(folder / "smollm2")
        artifact = folder / "artifact"
        artifacts.build(model, Task.TEXT_GENERATION, artifact, Quantization.INT4, max_drift=1.0)
        with loops.running(PYTHON, "genai_loop.py", model, folder) as peer:
            loops.ask(peer, 1, PROMPT, 1)  # it builds its graph first
            rows = compared(Ours(artifact), peer)
    report.publish("genai", "SmolLM2-135M generating without a server", rows)


def compared(ours: "Ours", peer: loops.Loop) -> list[report.Row]:
    steps = [beside(ours, peer, rows, PROMPT, TOKENS) for rows in WORK]
    return [*steps, beside(ours, peer, 1, PREFILL, 1)]


def beside(ours: "Ours", peer: loops.Loop, rows: int, prompt: int, tokens: int) -> report.Row:
    """Compare tokens a second: those generated, the prompt's where only one is."""
    counted, work = tokens, f"{WORK[rows]}, {tokens} tokens"
    if tokens == 1:
        counted, work = prompt, f"a prompt of {prompt} tokens"

    def rate(seconds: Callable[[int, int, int], float]) -> dict[str, float]:
        return {"rate": rows * counted / seconds(rows, prompt, tokens)}

    measures = [partial(rate, ours.seconds), partial(rate, partial(loops.ask, peer))]
    tenfold, other = report.alternate(measures, ROUNDS)
    return generation.row(work, tenfold, other, "onnxruntime-genai", 1.0)


class Ours:
    """The decoder of an artifact, which always takes the likeliest token."""

    def __init__(self, artifact: Path) -> None:
        self._decoder = Decoder(artifact / GRAPH, artifacts.THREADS, max(WORK), PREFILL + TOKENS, frozen=True)

    def seconds(self, rows: int, prompt: int, tokens: int) -> float:
        """Give the time that a batch takes, as the peer's loop does."""
        began = time.perf_counter()
        self._decoder.cache.make_room(prompt + tokens, rows)
        ids = np.tile(np.arange(3, 3 + prompt), (rows, 1))
        lengths = np.full(rows, prompt)
        last = self._step(ids, lengths)
        for _ in range(tokens - 1):
            lengths = lengths + 1
            last = self._step(last[:, None], lengths)
        return time.perf_counter() - began

    def _step(self, ids: Ids, lengths: Ids) -> Ids:
        rows, count = ids.shape
        wanted = np.arange(1, rows + 1) * count - 1
        logits = self._decoder.run(0, ids, np.full(rows, count), lengths, wanted).values
        likeliest: Ids = np.argmax(logits, axis=-1)
        return likeliest


if __name__ == "__main__":
    if not PYTHON.exists():
        sys.exit(f"{PYTHON} is missing: `make bench` sets it up")
    main()
