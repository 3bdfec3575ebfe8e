"""depth-estimation: how far away is what each pixel of an image shows."""

from typing import Any

import numpy as np
from PIL import Image

from tenfold_api.tasks import Task
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.base import ImageRequest, ImageTask, png
from tenfold_runtime.vision.enlarge import Floats, bicubic
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.sizes import Size


class DepthEstimationRequest(ImageRequest):
    parameters: Parameters = Parameters()


class DepthEstimation(ImageTask[DepthEstimationRequest]):
    """Answers `predicted_depth`, the network's own grid of numbers, and `depth`, a PNG of the image."""

    task = Task.DEPTH_ESTIMATION
    request = DepthEstimationRequest

    def answer(self, request: DepthEstimationRequest, size: Size, outputs: ImageOutputs) -> Any:
        predicted = outputs["predicted_depth"]
        shades = Image.fromarray(as_shades(bicubic(predicted, *size)))
        return {"predicted_depth": np.ascontiguousarray(predicted), "depth": png(shades)}


def as_shades(depth: Floats) -> Any:
    """Give uint8 of the same shape: 0 for the least value, 255 for the greatest."""
    least, greatest = depth.min(), depth.max()
    span = max(greatest - least, np.finfo(np.float32).tiny)
    return ((depth - least) / span * 255).astype(np.uint8)
