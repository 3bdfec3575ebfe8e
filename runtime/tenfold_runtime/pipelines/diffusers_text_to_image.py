"""text-to-image: an image that is drawn as a text says."""

from typing import Annotated, Any, Self

from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Media
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.diffusers_parameters import DrawingParameters, Side
from tenfold_runtime.pipelines.diffusers_pipeline import Drawing
from tenfold_runtime.tasks.request import Request
from tenfold_runtime.vision.encode import encode


class TextToImageParameters(DrawingParameters):
    width: Side | None = None
    """Width of the image in pixels, a multiple of 8."""
    height: Side | None = None
    """Height of the image in pixels, a multiple of 8."""


class TextToImageRequest(Request):
    inputs: Annotated[str, Field(min_length=1)]
    """What the image is to show."""
    parameters: TextToImageParameters = TextToImageParameters()


class TextToImage(PipelineTask[TextToImageRequest]):
    task = Task.TEXT_TO_IMAGE
    request = TextToImageRequest
    answers = "image/*"

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    @classmethod
    def load(cls, weights: Weights) -> Self:
        return cls(Drawing.load(cls.task, weights))

    def example_body(self) -> dict[str, Any]:
        small = {"num_inference_steps": 2, "width": 64, "height": 64}
        return {"inputs": "A lighthouse at dusk", "parameters": small}

    def repeatable(self, request: TextToImageRequest) -> bool:
        return request.parameters.seed is not None

    def answer(self, request: TextToImageRequest, client: Client) -> Media:
        return encode(self._drawing.draw(request.parameters, prompt=request.inputs), client.accept)
