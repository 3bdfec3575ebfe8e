"""A model that looks at images, in memory, with what is needed to answer with it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tenfold_api.spec import Spec
from tenfold_runtime import facts
from tenfold_runtime.artifact import Artifact, Manifest
from tenfold_runtime.vision import preprocessor
from tenfold_runtime.vision.base import ImageTask
from tenfold_runtime.vision.network import ImageNetwork
from tenfold_runtime.vision.preprocessor import Preprocessor
from tenfold_runtime.vision.registry import IMAGE_TASKS


@dataclass(frozen=True)
class LoadedVision:
    """A model that looks at images, warm."""

    network: ImageNetwork
    preprocessor: Preprocessor
    task: ImageTask[Any]
    manifest: Manifest

    def warm_up(self) -> None:
        """Look at an image, so that the first caller does not pay for memory and kernels."""
        self.network.run([self.preprocessor(Image.linear_gradient("L").convert("RGB"))])


def load(found: Artifact, source: Path, spec: Spec, threads: int) -> LoadedVision:
    """Load the artifact of a model that looks at images."""
    task = found.manifest.task
    return LoadedVision(
        network=ImageNetwork(found.graph, threads),
        preprocessor=preprocessor.read(found.folder, task),
        task=IMAGE_TASKS[task](facts.read(found.folder)),
        manifest=found.manifest,
    )
