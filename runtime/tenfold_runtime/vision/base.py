"""The shape that every task on images has: a request with one image, and the answer made of the outputs."""

import base64
import io
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from PIL import Image
from pydantic import BeforeValidator, model_validator
from pydantic.json_schema import WithJsonSchema

from tenfold_api.tasks import Task
from tenfold_runtime.facts import Facts
from tenfold_runtime.tasks.request import Request
from tenfold_runtime.vision.images import as_bytes
from tenfold_runtime.vision.network import ImageOutputs
from tenfold_runtime.vision.sizes import Size

Picture = Annotated[bytes, BeforeValidator(as_bytes), WithJsonSchema({"type": "string", "format": "byte"})]
"""An image's file, decoded from base64."""


class ImageRequest(Request):
    inputs: Picture
    """The image's file; in JSON as base64, with or without a data URL's prefix."""

    @model_validator(mode="before")
    @classmethod
    def _image_is_inputs(cls, body: Any) -> Any:
        """Take the image from where clients put it: `inputs`, `image`, or `inputs.image`."""
        if not isinstance(body, dict):
            return body
        given = body.get("inputs")
        given = body.get("image") if given is None else given
        if isinstance(given, dict) and "image" in given:
            given = given["image"]
        return body if given is None else {**body, "inputs": given}


R = TypeVar("R", bound=ImageRequest)


class ImageTask(ABC, Generic[R]):
    """A task whose input is one image."""

    task: ClassVar[Task]
    request: ClassVar[type[ImageRequest]]

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def example_body(self) -> dict[str, Any]:
        """Give a body to try the task with."""
        return {"inputs": example_image()}

    @abstractmethod
    def answer(self, request: R, size: Size, outputs: ImageOutputs) -> Any:
        """Make the response, as JSON-able values and arrays. size: of the image that came."""


def example_image() -> str:
    """Give a small image, as a PNG in base64."""
    return png(Image.linear_gradient("L").resize((32, 32)))


def png(image: Image.Image) -> str:
    """Give an image as a PNG in base64."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
