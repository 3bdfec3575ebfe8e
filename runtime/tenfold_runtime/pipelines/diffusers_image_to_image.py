"""image-to-image with a pipeline of diffusers: an image that is drawn anew as a text says."""

import base64
import io
from typing import Annotated, Any, Self

from PIL import Image
from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Media
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.diffusers_parameters import MOST_SIDE, DrawingParameters, Side
from tenfold_runtime.pipelines.diffusers_pipeline import Drawing
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.base import ImageRequest
from tenfold_runtime.vision.encode import encode
from tenfold_runtime.vision.images import decode


class TargetSize(Parameters):
    width: Side
    """In pixels, a multiple of 8."""
    height: Side
    """In pixels, a multiple of 8."""


class ImageToImageParameters(DrawingParameters):
    prompt: str = ""
    """What the image is to become."""
    strength: Annotated[float, Field(gt=0, le=1)] | None = None
    """How much is drawn anew: near 0 little, 1 everything."""
    target_size: TargetSize | None = None
    """Size of the answer; by default that of the image, rounded down to multiples of 8."""


class ImageToImageRequest(ImageRequest):
    parameters: ImageToImageParameters = ImageToImageParameters()


class ImageToImage(PipelineTask[ImageToImageRequest]):
    task = Task.IMAGE_TO_IMAGE
    request = ImageToImageRequest
    takes_file = True
    answers = "image/*"

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    @classmethod
    def load(cls, weights: Weights) -> Self:
        return cls(Drawing.load(cls.task, weights))

    def example_body(self) -> dict[str, Any]:
        file = io.BytesIO()
        Image.linear_gradient("L").resize((64, 64)).save(file, "PNG")
        wished = {"prompt": "A lighthouse at dusk", "num_inference_steps": 2}
        return {"inputs": base64.b64encode(file.getvalue()).decode(), "parameters": wished}

    def repeatable(self, request: ImageToImageRequest) -> bool:
        return request.parameters.seed is not None

    def answer(self, request: ImageToImageRequest, client: Client) -> Media:
        parameters = request.parameters
        self._check_steps(parameters)
        image = _sized(decode(request.inputs), parameters.target_size)
        drawn = self._drawing.draw(parameters, prompt=parameters.prompt, image=image, target_size=None)
        return encode(drawn, client.accept)

    def _check_steps(self, parameters: ImageToImageParameters) -> None:
        """Refuse what leaves no step: of all steps, only the strength's share is made."""
        strength = parameters.strength or self._drawing.default("strength")
        steps = parameters.num_inference_steps or self._drawing.default("num_inference_steps")
        if strength and steps and int(steps * strength) < 1:
            field = "num_inference_steps" if parameters.strength is None else "strength"
            raise InvalidInput(
                f"parameters.{field}", f"{steps} steps at strength {strength} leave none to make"
            )


def _sized(image: Image.Image, target: TargetSize | None) -> Image.Image:
    """Give the image in the size in which it is drawn: the target's, else its own within bounds."""
    if target is not None:
        return image.resize((target.width, target.height), Image.Resampling.LANCZOS)
    shrunk = min(1.0, MOST_SIDE / max(image.size))
    width, height = (max(8, int(side * shrunk) // 8 * 8) for side in image.size)
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.LANCZOS)
