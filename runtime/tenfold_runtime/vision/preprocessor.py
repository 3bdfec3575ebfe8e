"""An image to a network's input, in the steps of transformers' image processors and with their rounding."""

from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from tenfold_api.tasks import Task
from tenfold_runtime.errors import ExportUnsupported, InvalidInput
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.vision.images import MOST_PIXELS
from tenfold_runtime.vision.sizes import SIZERS, Size, Sizer

# float32 (3, height, width)
Pixels: TypeAlias = npt.NDArray[np.float32]
# any numbers (height, width, 3)
Raster: TypeAlias = npt.NDArray[Any]

CONFIG = "preprocessor_config.json"

# Processors whose networks answer in the way that the task reads; the others may serve classification only.
_FOR_TASK = {
    Task.DEPTH_ESTIMATION: {"DPTImageProcessor"},
    Task.OBJECT_DETECTION: {"DetrImageProcessor", "YolosImageProcessor"},
    Task.IMAGE_SEGMENTATION: {"SegformerImageProcessor"},
}


@dataclass(frozen=True, slots=True)
class Preprocessor:
    """Resizes, crops, rescales and normalizes, each where the model's configuration says so."""

    sizer: Sizer
    config: dict[str, Any]
    """preprocessor_config.json, complete: as save_pretrained writes it."""

    def __call__(self, image: Image.Image) -> Pixels:
        raster = np.asarray(self._resized(image))
        crop = self._crop()
        if crop is not None:
            raster = center_crop(raster, crop)
        if self.config.get("do_rescale"):
            raster = (raster.astype(np.float64) * self.config["rescale_factor"]).astype(np.float32)
        if self.config.get("do_normalize"):
            raster = self._normalized(raster)
        if self.config.get("do_flip_channel_order"):
            raster = raster[..., ::-1]
        return np.ascontiguousarray(raster.transpose(2, 0, 1), dtype=np.float32)

    def _resized(self, image: Image.Image) -> Image.Image:
        if not self.config.get("do_resize"):
            return image
        height, width = (max(1, edge) for edge in self.sizer((image.height, image.width), self.config))
        if height * width > MOST_PIXELS:
            problem = f"{image.width} × {image.height}: the proportions are too extreme for this model"
            raise InvalidInput("inputs", problem)
        return image.resize((width, height), resample=self.config["resample"])

    def _crop(self) -> Size | None:
        """Give the size to crop to. ConvNext has no setting for it, and crops what is below 384 pixels."""
        if self.config.get("do_resize") and "crop_pct" in self.config:
            edge = int(self.config["size"]["shortest_edge"])
            return (edge, edge) if edge < 384 else None
        if not self.config.get("do_center_crop"):
            return None
        size = self.config["crop_size"]
        return int(size["height"]), int(size["width"])

    def _normalized(self, raster: Raster) -> Raster:
        mean, std = (np.array(self.config[name], np.float32) for name in ("image_mean", "image_std"))
        return (raster.astype(np.float32) - mean) / std


def center_crop(raster: Raster, crop: Size) -> Raster:
    """Cut out the middle. An image smaller than that is first surrounded by zeros."""
    for axis, wanted in enumerate(crop):
        missing = max(0, wanted - raster.shape[axis])
        pads = [(0, 0)] * 3
        pads[axis] = (ceil(missing / 2), missing - ceil(missing / 2))
        raster = np.pad(raster, pads)
        start = (raster.shape[axis] - wanted) // 2
        raster = raster.take(range(start, start + wanted), axis=axis)
    return raster


def read(folder: ModelFolder, task: Task) -> Preprocessor:
    """Read how the model wants its images; raises CannotLoad where Tenfold cannot do that."""
    config = folder.json(CONFIG)
    if config is None:
        raise ExportUnsupported(f"no {CONFIG}: how should an image become the model's input?")
    named = str(config.get("image_processor_type")).removesuffix("Fast")
    known = _FOR_TASK.get(task, set(SIZERS))
    if named not in known or config.get("size_divisor"):
        message = f"{task} with {named} is not supported; one of {', '.join(sorted(known))} is"
        raise ExportUnsupported(message, "ImageProcessorUnsupported")
    return Preprocessor(SIZERS[named], config)
