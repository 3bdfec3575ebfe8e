"""Which module loads a model, and which class answers for it, by the kind of the model.

They are names, for a process imports only what it serves with: a third of a warm start was the rest.
"""

import pkgutil
from pathlib import Path
from typing import NamedTuple, Protocol

from tenfold_api.library import Library
from tenfold_api.spec import Engine, Spec
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Answerer
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.pipelines.registry import PICTURED, PIPELINES


class Loaded(Protocol):
    """A model in memory."""

    @property
    def manifest(self) -> Manifest: ...

    def warm_up(self) -> None:
        """Answer a little, so that the first caller does not pay for memory and kernels."""


class _Kind(NamedTuple):
    load: str
    answerer: str


_HERE = "tenfold_runtime"
_TEXT = _Kind(f"{_HERE}.tasks.loaded:load", f"{_HERE}.predictor:Predictor")
_DECODER = _Kind(f"{_HERE}.generation.loaded:load", f"{_HERE}.generation.generator:Generator")
_VISION = _Kind(f"{_HERE}.vision.loaded:load", f"{_HERE}.vision.predictor:VisionPredictor")
_PIPELINE = _Kind(f"{_HERE}.pipelines.loaded:load", f"{_HERE}.pipelines.predictor:PipelinePredictor")


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> Loaded:
    """Load what was found. source: the folder of the weights that serve."""
    loaded: Loaded = pkgutil.resolve_name(_kind(found.manifest).load)(found, source, spec, threads)
    return loaded


def answerer(loaded: Loaded, spec: Spec) -> Answerer:
    """Give what answers requests for a loaded model."""
    found: Answerer = pkgutil.resolve_name(_kind(loaded.manifest).answerer)(loaded, spec)
    return found


def _kind(manifest: Manifest) -> _Kind:
    if _is_pipeline(manifest):
        return _PIPELINE
    if manifest.task is Task.TEXT_GENERATION:
        return _DECODER
    return _VISION if manifest.task in PICTURED else _TEXT


def _is_pipeline(manifest: Manifest) -> bool:
    """Whether a library's own pipeline answers."""
    on_torch = manifest.engine is Engine.TRANSFORMERS and manifest.task in PICTURED
    return on_torch or manifest.task in PIPELINES or manifest.library is not Library.TRANSFORMERS
