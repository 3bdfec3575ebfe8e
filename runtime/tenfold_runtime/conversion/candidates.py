"""The choice of weights: quantized forms are made, checked against the exact one, and the best one serves."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tenfold_api.optimizing import Candidate, Products
from tenfold_api.spec import Quantization
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import gelu, measure, quantize, smooth
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Job, Report, Say
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import Network, Outputs
from tenfold_runtime.tokenizer import TextTokenizer

# Which is best differs from model to model; below and above, drift grows.
STRENGTHS = (0.6, 0.7, 0.8)

_TIMED = 8  # texts whose answers are timed

Made: TypeAlias = tuple[Candidate, Path]
"""A form's measurements, and the graph that was made of it."""


def choose(job: Job, say: Say) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the quantized graph in the exact one's place, where the job wants it and the check allows it."""
    if job.quantization is Quantization.NONE:
        return Quantization.NONE, ()
    with TemporaryDirectory(dir=job.out) as aside:
        made = _made(Check(job, Path(aside)), say)
        best = truest([candidate for candidate, _ in made])
        for candidate, graph in made:
            if candidate is best:
                graph.replace(job.out / GRAPH)
    tried = tuple(candidate.chosen() if candidate is best else candidate for candidate, _ in made)
    return Quantization.INT8 if best else Quantization.NONE, tried


def _made(check: "Check", say: Say) -> list[Made]:
    """Make and measure the forms. Slower products need not be tried after such as are near enough."""
    made: list[Made] = []
    for products in quantize.products():
        say(Report(planned=len(made) + len(STRENGTHS)))
        made += [check.made(strength, products, say) for strength in STRENGTHS]
        if truest([candidate for candidate, _ in made]):
            break
    return made


def truest(tried: Sequence[Candidate]) -> Candidate | None:
    """Give the accepted form that drifts least: all that are accepted run alike."""
    accepted = [candidate for candidate in tried if candidate.accepted]
    return min(accepted, key=lambda each: each.drift, default=None)


class Check:
    """Holds the exact graph's answers and time, to compare others with."""

    def __init__(self, job: Job, aside: Path) -> None:
        """Have the exact graph of a job answer. aside: a folder for other graphs."""
        self._job = job
        self._aside = aside
        self._graph = job.out / GRAPH
        tokenizer = TextTokenizer(job.out / "tokenizer.json", facts.read(ModelFolder(job.out)))
        self._encodings = [tokenizer.encode(sentence, truncate=True) for sentence in SENTENCES]
        self._exact = Network(self._graph, job.threads)
        self._answers = self._answered(self._exact)
        self._peaks = smooth.activation_peaks(self._graph, self._encodings)

    def made(self, strength: float, products: Products, say: Say) -> Made:
        """Make a form, measure it, and say so."""
        graph = self._quantized(strength, products)
        candidate = self._candidate(strength, products, graph)
        say(Report(tried=candidate))
        return candidate, graph

    def _quantized(self, strength: float, products: Products) -> Path:
        smoothed, quantized = self._aside / "smoothed.onnx", self._aside / f"{strength} {products}.onnx"
        smooth.smooth(self._graph, smoothed, self._peaks, strength)
        quantize.int8(smoothed, quantized, products)
        gelu.approximate(quantized)
        smoothed.unlink()
        return quantized

    def _candidate(self, strength: float, products: Products, graph: Path) -> Candidate:
        """Measure a graph's drift and speedup."""
        network = Network(graph, self._job.threads)
        drift = measure.drift(self._job.task, self._answers, self._answered(network))
        speedup = measure.speedup(self._work(self._exact), self._work(network))
        return Candidate(
            form=Quantization.INT8,
            smoothing=strength,
            products=products,
            drift=round(drift, 5),
            speedup=round(speedup, 2),
            bytes=graph.stat().st_size,
            accepted=drift <= self._job.max_drift and speedup > 1.0,
        )

    def _answered(self, network: Network) -> list[Outputs]:
        """Answer every text alone, and all together: what shares a run must not change an answer much."""
        return [network.run([encoding])[0] for encoding in self._encodings] + network.run(self._encodings)

    def _work(self, network: Network) -> Callable[[], None]:
        """Give what is timed: texts answered one by one."""

        def work() -> None:
            for encoding in self._encodings[:_TIMED]:
                network.run([encoding])

        return work
