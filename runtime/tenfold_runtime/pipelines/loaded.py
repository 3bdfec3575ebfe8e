"""A pipeline in memory, with what is needed to answer with it."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold_api.clients import Client
from tenfold_api.spec import Engine, Spec
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.registry import named


@dataclass(frozen=True)
class LoadedPipeline:
    """A pipeline, warm."""

    task: PipelineTask[Any]
    manifest: Manifest

    @property
    def compute_type(self) -> str:
        return "cpu+optimized" if self.manifest.optimized else "cpu"

    def warm_up(self) -> None:
        """Answer an example, so that the first caller does not pay for memory and kernels.

        A model of tables may refuse it: not every one tells which values it learned.
        """
        with suppress(InvalidInput):
            self.task.answer(self.task.request.model_validate(self.task.example_body()), Client())


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> LoadedPipeline:
    """Load a pipeline from its artifact, or from the model's own files where nothing was exported."""
    manifest = found.manifest
    folder = found.path if manifest.engine is Engine.ONNX else source
    weights = Weights(folder, manifest.engine, spec.security, spec.limits, threads)
    return LoadedPipeline(named(manifest.task, manifest.library).load(weights), manifest)
