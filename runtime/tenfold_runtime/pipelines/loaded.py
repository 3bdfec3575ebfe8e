"""A pipeline in memory, with what is needed to answer with it."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenfold_api.clients import Client
from tenfold_api.spec import Engine, Spec
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.errors import CannotLoad, InvalidInput
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.registry import named

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedPipeline:
    """A pipeline, warm."""

    task: PipelineTask[Any]
    manifest: Manifest

    def warm_up(self) -> None:
        """Answer an example, so that the first caller does not pay for memory and kernels.

        A model of tables may refuse it: not every one tells which values it learned.
        Raises CannotLoad where the library fails, as with files that do not fit each other.
        """
        try:
            self.task.answer(self.task.request.model_validate(self.task.example_body()), Client())
        except InvalidInput as error:
            log.info("The example is refused: %s", error)
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            said = f"{self.manifest.task} fails with an example: {type(error).__name__}: {error}"
            raise CannotLoad(422, "ExampleFailed", said) from error


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> LoadedPipeline:
    """Load a pipeline from its artifact, or from the model's own files where nothing was exported."""
    manifest = found.manifest
    folder = found.path if manifest.engine is Engine.ONNX else source
    weights = Weights(folder, manifest.engine, spec.security, spec.limits, threads)
    return LoadedPipeline(named(manifest.task, manifest.library).load(weights), manifest)
