"""A graph that maps images to arrays."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnxruntime

from tenfold_runtime.network import options
from tenfold_runtime.vision.preprocessor import Pixels

# The outputs of the graph for one image, by name, each without the batch axis.
ImageOutputs: TypeAlias = dict[str, npt.NDArray[np.float32]]


class ImageNetwork:
    """An ONNX graph whose input is `pixel_values`, float32 (images, 3, height, width)."""

    def __init__(self, graph: Path, threads: int) -> None:
        self._session = onnxruntime.InferenceSession(
            str(graph), options(threads), providers=["CPUExecutionProvider"]
        )
        self._inputs = {declared.name for declared in self._session.get_inputs()}
        self._names = [declared.name for declared in self._session.get_outputs()]

    def run(self, images: Sequence[Pixels]) -> list[ImageOutputs]:
        """Run the graph once for all images of one size; give the outputs of each image."""
        sizes: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, image in enumerate(images):
            sizes[image.shape].append(index)
        outputs: dict[int, ImageOutputs] = {}
        for alike in sizes.values():
            outputs.update(zip(alike, self._run_alike([images[index] for index in alike]), strict=True))
        return [outputs[index] for index in range(len(images))]

    def _run_alike(self, images: Sequence[Pixels]) -> list[ImageOutputs]:
        found = self._session.run(None, self._feed(np.stack(images)))
        return [
            dict(zip(self._names, (array[row] for array in found), strict=True)) for row in range(len(images))
        ]

    def _feed(self, pixels: npt.NDArray[np.float32]) -> dict[str, Any]:
        """Give the inputs; a mask, where the graph has one, says that no pixel is padding."""
        images, _, height, width = pixels.shape
        mask = {"pixel_mask": np.ones((images, height, width), np.int64)}
        return {"pixel_values": pixels, **{name: mask[name] for name in self._inputs if name in mask}}
