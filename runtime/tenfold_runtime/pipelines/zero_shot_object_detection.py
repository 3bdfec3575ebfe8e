"""zero-shot-object-detection: where in an image is what the caller names."""

from typing import Annotated, Any, Self

from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.zero_shot_image_classification import Labels, refuse_long_labels
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.base import ImageRequest, example_image
from tenfold_runtime.vision.images import decode


class ZeroShotObjectParameters(Parameters):
    candidate_labels: Labels
    """What to look for: a list, or a string with commas."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.1
    """Least score of an object that is told."""
    top_k: Annotated[int, Field(ge=1)] | None = None
    """How many objects; all of them by default."""


class ZeroShotObjectRequest(ImageRequest):
    parameters: ZeroShotObjectParameters


class ZeroShotObjectDetection(PipelineTask[ZeroShotObjectRequest]):
    task = Task.ZERO_SHOT_OBJECT_DETECTION
    request = ZeroShotObjectRequest
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, weights: Weights) -> Self:
        processors = ("tokenizer", "image_processor")
        return cls(transformers_pipeline.make(cls.task, weights, onnx=None, processors=processors))

    def example_body(self) -> dict[str, Any]:
        return {"inputs": example_image(), "parameters": {"candidate_labels": ["cat", "dog"]}}

    def answer(self, request: ZeroShotObjectRequest, client: Client) -> Any:
        refuse_long_labels(self._pipeline, request.parameters.candidate_labels)
        return self._pipeline(decode(request.inputs), **request.parameters.model_dump())
