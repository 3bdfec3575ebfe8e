"""The steps of a build: export, fuse, quantize, check."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from tenfold_api.progress import LoadPhase
from tenfold_api.spec import Quantization
from tenfold_runtime import facts
from tenfold_runtime.artifact import GRAPH, Candidate
from tenfold_runtime.conversion import measure
from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.conversion.job import Built, Job, Report
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.network import Network
from tenfold_runtime.tokenizer import TextTokenizer

Say = Callable[[Report], None]


def build(job: Job, say: Say) -> Built:
    """Export the model, then keep the fastest form whose answers stay within the job's drift."""
    say(Report(phase=LoadPhase.CONVERT))
    from tenfold_runtime.conversion import export

    config = export.export(job)
    say(Report(phase=LoadPhase.OPTIMIZE))
    optimized = _fuse(job.out, config)
    form, candidates = _quantize(job)
    return Built(form=form, optimized=optimized, candidates=candidates, versions=_versions())


def _fuse(out: Path, config: object) -> bool:
    from tenfold_runtime.conversion import fuse

    fused = out / "fused.onnx"
    if not fuse.fuse(out / GRAPH, fused, config):
        return False
    fused.replace(out / GRAPH)
    return True


def _quantize(job: Job) -> tuple[Quantization, tuple[Candidate, ...]]:
    """Put the quantized graph in the exact one's place where the job wants it and the check allows it."""
    if job.quantization is Quantization.NONE:
        return Quantization.NONE, ()
    from tenfold_runtime.conversion import quantize

    exact, other = job.out / GRAPH, job.out / "int8.onnx"
    quantize.int8(exact, other)
    candidate = _checked(job, exact, other)
    if candidate.accepted:
        other.replace(exact)
        return candidate.form, (candidate,)
    other.unlink()
    return Quantization.NONE, (candidate,)


def _checked(job: Job, exact: Path, other: Path) -> Candidate:
    tokenizer = TextTokenizer(job.out / "tokenizer.json", facts.read(ModelFolder(job.out)))
    encodings = [tokenizer.encode(sentence, truncate=True) for sentence in SENTENCES]
    first, second = Network(exact, job.threads), Network(other, job.threads)
    answers = [[network.run([encoding])[0] for encoding in encodings] for network in (first, second)]
    drift = measure.drift(job.task, *answers)
    speedup = measure.seconds(first, encodings) / measure.seconds(second, encodings)
    return Candidate(
        form=Quantization.INT8,
        drift=round(drift, 5),
        speedup=round(speedup, 2),
        bytes=other.stat().st_size,
        accepted=drift <= job.max_drift and speedup > 1.0,
    )


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("onnx", "onnxruntime", "optimum-onnx", "torch", "transformers")}
