"""image-segmentation: for each kind of thing in an image, which pixels show it."""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import Field

from tenfold_api.tasks import Task
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.base import ImageRequest, ImageTask, png
from tenfold_runtime.vision.enlarge import neighbours, stripes
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.sizes import Size

Share = Annotated[float, Field(ge=0, le=1)]


class ImageSegmentationParameters(Parameters):
    subtask: Literal["semantic"] | None = None
    """Only semantic segmentation is answered."""
    threshold: Share | None = None
    """Of no effect in semantic segmentation, as the next two; clients may send it."""
    mask_threshold: Share | None = None
    overlap_mask_area_threshold: Share | None = None


class ImageSegmentationRequest(ImageRequest):
    parameters: ImageSegmentationParameters = ImageSegmentationParameters()


class ImageSegmentation(ImageTask[ImageSegmentationRequest]):
    task = Task.IMAGE_SEGMENTATION
    request = ImageSegmentationRequest

    def answer(self, request: ImageSegmentationRequest, size: Size, outputs: ImageOutputs) -> Any:
        shown = semantic_map(outputs["logits"], size)
        return [self._segment(kind, shown == kind) for kind in np.unique(shown)]

    def _segment(self, kind: int, where: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """A score must be a number for the clients that check; a semantic network gives none."""
        mask = Image.fromarray(where.astype(np.uint8) * np.uint8(255))
        return {"score": 1.0, "label": self.facts.labels[kind], "mask": png(mask)}


def semantic_map(logits: npt.NDArray[np.float32], size: Size) -> npt.NDArray[np.int32]:
    """Give the likeliest class of every pixel: logits (classes, h, w), enlarged bilinearly to `size`."""
    height, width = size
    shown = np.empty(size, np.int32)
    above, below, weight = neighbours(logits.shape[1], height)
    for rows in stripes(height, width * len(logits)):
        kinds = contenders(logits[:, above[rows][0] : below[rows][-1] + 1])
        share, rivals = weight[rows, None], logits[kinds]
        stripe = rivals[:, above[rows]] * (1 - share) + rivals[:, below[rows]] * share
        shown[rows] = kinds[_widened(stripe, width).argmax(axis=0)]
    return shown


def contenders(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """Give the classes that may be the likeliest somewhere between the given rows.

    Between neighbours a class is at most its greatest there; one that is everywhere below another's least
    is not worth enlarging, which is the dear part where an image is large and the classes are many.
    """
    most, least = logits.max(axis=1), logits.min(axis=1)
    if most.shape[1] > 1:
        most, least = np.maximum(most[:, 1:], most[:, :-1]), np.minimum(least[:, 1:], least[:, :-1])
    return np.flatnonzero((most >= least.max(axis=0)).any(axis=1))


def _widened(stripe: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    left, right, weight = neighbours(stripe.shape[2], width)
    wide: npt.NDArray[np.float32] = stripe[..., left] * (1 - weight) + stripe[..., right] * weight
    return wide
