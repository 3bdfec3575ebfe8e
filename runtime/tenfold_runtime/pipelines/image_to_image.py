"""image-to-image with a network of transformers: an image made larger and sharper."""

from typing import Any, Self

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Media
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.no_parameters import NoParameters
from tenfold_runtime.vision.base import ImageRequest, example_image
from tenfold_runtime.vision.encode import encode
from tenfold_runtime.vision.images import decode

# The network keeps some hundred numbers for each pixel.
MOST_PIXELS = 1024 * 1024


class EnlargeRequest(ImageRequest):
    parameters: NoParameters = NoParameters()


class ImageToImage(PipelineTask[EnlargeRequest]):
    task = Task.IMAGE_TO_IMAGE
    request = EnlargeRequest
    takes_file = True
    answers = "image/*"

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, weights: Weights) -> Self:
        made = transformers_pipeline.make(cls.task, weights, onnx=None, processors=("image_processor",))
        return cls(made)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": example_image()}

    def answer(self, request: EnlargeRequest, client: Client) -> Media:
        image = decode(request.inputs)
        if image.width * image.height > MOST_PIXELS:
            problem = f"{image.width} × {image.height}: at most {MOST_PIXELS} pixels are accepted"
            raise InvalidInput("inputs", problem)
        return encode(self._pipeline(image), client.accept)
