"""The tasks on images with transformers' own pipelines, for models that the faster way cannot serve."""

from typing import Any, ClassVar, Literal, Self, TypeVar

from PIL import Image

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.vision.base import ImageRequest, example_image, png
from tenfold_runtime.vision.classification import ImageClassificationRequest
from tenfold_runtime.vision.depth import DepthEstimationRequest
from tenfold_runtime.vision.detection import ObjectDetectionRequest
from tenfold_runtime.vision.images import decode
from tenfold_runtime.vision.segmentation import ImageSegmentationParameters

R = TypeVar("R", bound=ImageRequest)


class Pictured(PipelineTask[R]):
    """A pipeline that looks at one image."""

    request: ClassVar[type[ImageRequest]]
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, weights: Weights) -> Self:
        made = transformers_pipeline.make(cls.task, weights, onnx=None, processors=("image_processor",))
        return cls(made)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": example_image()}


class ImageClassification(Pictured[ImageClassificationRequest]):
    task = Task.IMAGE_CLASSIFICATION
    request = ImageClassificationRequest

    def answer(self, request: ImageClassificationRequest, client: Client) -> Any:
        asked = request.parameters
        options = {"function_to_apply": asked.function_to_apply} if asked.function_to_apply else {}
        most = self._pipeline.model.config.num_labels
        return self._pipeline(decode(request.inputs), top_k=min(asked.top_k or most, most), **options)


class ObjectDetection(Pictured[ObjectDetectionRequest]):
    task = Task.OBJECT_DETECTION
    request = ObjectDetectionRequest

    def answer(self, request: ObjectDetectionRequest, client: Client) -> Any:
        return self._pipeline(decode(request.inputs), threshold=request.parameters.threshold)


class AnySegmentationParameters(ImageSegmentationParameters):
    subtask: Literal["instance", "panoptic", "semantic"] | None = None  # type: ignore[assignment]
    """Things one by one, everything at once, or kinds of things; by default what the model does best."""


class AnySegmentationRequest(ImageRequest):
    parameters: AnySegmentationParameters = AnySegmentationParameters()


class ImageSegmentation(Pictured[AnySegmentationRequest]):
    task = Task.IMAGE_SEGMENTATION
    request = AnySegmentationRequest

    def answer(self, request: AnySegmentationRequest, client: Client) -> Any:
        options = request.parameters.model_dump(exclude_none=True)
        try:
            found = self._pipeline(decode(request.inputs), **options)
        except ValueError as error:
            raise InvalidInput("parameters.subtask", str(error)) from error
        return [_segment(each) for each in found]


class DepthEstimation(Pictured[DepthEstimationRequest]):
    task = Task.DEPTH_ESTIMATION
    request = DepthEstimationRequest

    def answer(self, request: DepthEstimationRequest, client: Client) -> Any:
        found = self._pipeline(decode(request.inputs))
        return {"predicted_depth": found["predicted_depth"].numpy(), "depth": png(found["depth"])}


def _segment(found: dict[str, Any]) -> dict[str, Any]:
    """A score must be a number for the clients that check; semantic networks give none."""
    mask: Image.Image = found["mask"]
    score = 1.0 if found["score"] is None else found["score"]
    return {"score": score, "label": found["label"], "mask": png(mask.convert("L"))}
