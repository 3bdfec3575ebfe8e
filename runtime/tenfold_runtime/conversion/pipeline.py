"""The steps of a build: export, fuse, quantize, check."""

from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from tenfold_api.library import Library
from tenfold_api.optimizing import Candidate
from tenfold_api.progress import LoadPhase
from tenfold_api.spec import Engine, Quantization
from tenfold_api.tasks import Task
from tenfold_runtime.artifact import GRAPH
from tenfold_runtime.conversion import imports, other_libraries
from tenfold_runtime.conversion.job import Built, Job, Report, Say
from tenfold_runtime.errors import ExportUnsupported
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.heads import HEADS
from tenfold_runtime.pipelines.registry import PICTURED, PIPELINES
from tenfold_runtime.tasks.registry import TASKS
from tenfold_runtime.vision.registry import IMAGE_TASKS

# Tasks that torch can run where a model has no graph.
ON_TORCH = {*PIPELINES, *PICTURED, *TASKS, Task.TEXT_GENERATION}

Chosen: TypeAlias = tuple[Quantization, tuple[Candidate, ...]]


def build(job: Job, say: Say) -> Built:
    """Export the model, then keep the fastest form whose answers stay within the job's drift."""
    say(Report(phase=LoadPhase.CONVERT))
    folder = ModelFolder(job.folder)
    if folder.library is not Library.TRANSFORMERS:
        return other_libraries.keep(job, folder)
    with imports.uncollected():
        from tenfold_runtime.conversion import export

    export.save_settings(job)
    if job.engine is Engine.TRANSFORMERS and job.task in ON_TORCH:
        return _left_on_torch("spec.engine is transformers")
    try:
        config = export.export(job)
    except ExportUnsupported as error:
        if job.engine is Engine.ONNX or job.task not in ON_TORCH:
            raise
        return _left_on_torch(str(error))
    say(Report(phase=LoadPhase.OPTIMIZE))
    optimized, (form, tried) = _optimized(job, config, say)
    return Built(form=form, optimized=optimized, candidates=tried, versions=_versions())


def _left_on_torch(why: str) -> Built:
    return Built(engine=Engine.TRANSFORMERS, fallback=why, versions=_versions())


def _optimized(job: Job, config: object, say: Say) -> tuple[bool, Chosen]:
    """Optimize the graph in place; tell whether operators were fused, and which weights were chosen."""
    if job.task is Task.TEXT_GENERATION:
        return _decoder(job, say)
    return _pipeline(job, say) if job.task in PIPELINES else _encoder(job, config, say)


def _pipeline(job: Job, say: Say) -> tuple[bool, Chosen]:
    """Choose the weights where an encoder has a decoder; nothing is fused."""
    if HEADS[job.task][0] != "AutoModelForSeq2SeqLM":
        return False, (Quantization.NONE, ())
    from tenfold_runtime.conversion import seq2seq_candidates

    form, tried = seq2seq_candidates.choose(job, say)
    return form is not Quantization.NONE, (form, tried)


def _encoder(job: Job, config: object, say: Say) -> tuple[bool, Chosen]:
    if job.task in IMAGE_TASKS:
        return False, (Quantization.NONE, ())
    from tenfold_runtime.conversion import candidates
    from tenfold_runtime.conversion.freeze import freeze

    fused = _fuse(job.out, config)
    _narrow(job.out)
    chosen = candidates.choose(job, say)
    freeze(job.out / GRAPH)
    return fused, chosen


def _decoder(job: Job, say: Say) -> tuple[bool, Chosen]:
    """Choose a decoder's weights. Its attention was fused as it was exported."""
    from tenfold_runtime.conversion import decoder_candidates, weights
    from tenfold_runtime.conversion.freeze import freeze

    chosen = decoder_candidates.choose(job, say)
    graph = job.out / GRAPH
    freeze(graph, prepack=weights.size(graph) <= job.whole_bytes)
    return True, chosen


def _fuse(out: Path, config: object) -> bool:
    from tenfold_runtime.conversion import fuse

    fused = out / "fused.onnx"
    if not fuse.fuse(out / GRAPH, fused, config):
        return False
    fused.replace(out / GRAPH)
    return True


def _narrow(out: Path) -> None:
    """Compute the last layer for one token, where the head looks at no other and answers the same."""
    from tenfold_runtime.conversion import narrow

    narrowed = out / "narrowed.onnx"
    if narrow.narrow(out / GRAPH, narrowed) and narrow.alike(out / GRAPH, narrowed):
        narrowed.replace(out / GRAPH)
    narrowed.unlink(missing_ok=True)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("onnx", "onnxruntime", "optimum-onnx", "torch", "transformers")}
