"""The choice of weights: quantized forms are made, checked against the exact one, and the best one serves."""

from collections.abc import Callable
from pathlib import Path

from tenfold_api.optimizing import Candidate
from tenfold_api.spec import Quantization
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import measure, quantize, smooth
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Job, Report, Say
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import Network, Outputs
from tenfold_runtime.tokenizer import TextTokenizer

# Which is best differs from model to model; below and above, drift grows.
STRENGTHS = (0.6, 0.7, 0.8)

_TIMED = 8  # texts whose answers are timed


def choose(job: Job, say: Say) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the quantized graph in the exact one's place, where the job wants it and the check allows it."""
    if job.quantization is Quantization.NONE:
        return Quantization.NONE, ()
    check = Check(job)
    say(Report(planned=len(STRENGTHS)))
    made, tried = {}, {}
    for strength in STRENGTHS:
        made[strength] = check.quantized(strength)
        tried[strength] = check.candidate(strength, made[strength])
        say(Report(tried=tried[strength]))
    accepted = [strength for strength in tried if tried[strength].accepted]
    best = min(accepted, key=lambda strength: tried[strength].drift, default=None)
    if best is not None:
        made[best].replace(job.out / GRAPH)
        tried[best] = tried[best].chosen()
    for path in made.values():
        path.unlink(missing_ok=True)
    return Quantization.NONE if best is None else Quantization.INT8, tuple(tried.values())


class Check:
    """Holds the exact graph's answers and time, to compare others with."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._graph = job.out / GRAPH
        tokenizer = TextTokenizer(job.out / "tokenizer.json", facts.read(ModelFolder(job.out)))
        self._encodings = [tokenizer.encode(sentence, truncate=True) for sentence in SENTENCES]
        self._exact = Network(self._graph, job.threads)
        self._answers = self._answered(self._exact)
        self._peaks = smooth.activation_peaks(self._graph, self._encodings)

    def quantized(self, strength: float) -> Path:
        """Make the int8 form with the given smoothing."""
        smoothed, quantized = (self._job.out / f"{name}-{strength}.onnx" for name in ("smoothed", "int8"))
        smooth.smooth(self._graph, smoothed, self._peaks, strength)
        quantize.int8(smoothed, quantized)
        smoothed.unlink()
        return quantized

    def candidate(self, strength: float, graph: Path) -> Candidate:
        """Measure a graph's drift and speedup."""
        network = Network(graph, self._job.threads)
        drift = measure.drift(self._job.task, self._answers, self._answered(network))
        speedup = measure.speedup(self._work(self._exact), self._work(network))
        return Candidate(
            form=Quantization.INT8,
            smoothing=strength,
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
