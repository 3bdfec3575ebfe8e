"""Which class answers a task on images. Adding a task adds a module, and a line here."""

from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.vision.base import ImageTask
from tenfold_runtime.vision.classification import ImageClassification
from tenfold_runtime.vision.depth import DepthEstimation
from tenfold_runtime.vision.detection import ObjectDetection
from tenfold_runtime.vision.segmentation import ImageSegmentation

IMAGE_TASKS: dict[Task, type[ImageTask[Any]]] = {
    Task.DEPTH_ESTIMATION: DepthEstimation,
    Task.IMAGE_CLASSIFICATION: ImageClassification,
    Task.IMAGE_SEGMENTATION: ImageSegmentation,
    Task.OBJECT_DETECTION: ObjectDetection,
}
