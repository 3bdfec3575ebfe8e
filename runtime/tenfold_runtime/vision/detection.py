"""object-detection: what is in an image, and where."""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from tenfold_api.tasks import Task
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.tasks.scores import softmax
from tenfold_runtime.vision.base import ImageRequest, ImageTask
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.sizes import Size


class ObjectDetectionParameters(Parameters):
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Least score of an object that is told."""


class ObjectDetectionRequest(ImageRequest):
    parameters: ObjectDetectionParameters = ObjectDetectionParameters()


class ObjectDetection(ImageTask[ObjectDetectionRequest]):
    """Networks in the manner of DETR: a fixed number of guesses, the last class of each being nothing."""

    task = Task.OBJECT_DETECTION
    request = ObjectDetectionRequest

    def answer(self, request: ObjectDetectionRequest, size: Size, outputs: ImageOutputs) -> Any:
        scores = softmax(outputs["logits"])[:, :-1]
        kinds, scores = scores.argmax(axis=-1), scores.max(axis=-1)
        boxes = corners(outputs["pred_boxes"], size)
        found = np.flatnonzero(scores > request.parameters.threshold)
        return [self._object(kinds[guess], scores[guess], boxes[guess]) for guess in found]

    def _object(self, kind: int, score: np.float32, box: npt.NDArray[np.int64]) -> dict[str, Any]:
        names = ("xmin", "ymin", "xmax", "ymax")
        edges = dict(zip(names, box.tolist(), strict=True))
        return {"score": float(score), "label": self.facts.labels[kind], "box": edges}


def corners(boxes: npt.NDArray[np.float32], size: Size) -> npt.NDArray[np.int64]:
    """Give xmin, ymin, xmax, ymax in pixels of boxes (x, y of the middle, width, height; 0 to 1)."""
    middles, spans = boxes[:, :2], boxes[:, 2:]
    edges = np.concatenate([middles - spans / 2, middles + spans / 2], axis=1)
    return (edges * np.array([*size[::-1], *size[::-1]], np.float32)).astype(np.int64)
