"""A question about an image, in each of the forms in which clients send it."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, model_validator

from tenfold_runtime.tasks.request import Request
from tenfold_runtime.vision.base import Picture, example_image


class Question(BaseModel):
    question: Annotated[str, Field(min_length=1, max_length=10_000)]
    """What is asked."""
    image: Picture
    """The image's file in base64, with or without a data URL's prefix."""


class QuestionRequest(Request):
    inputs: Question

    @model_validator(mode="before")
    @classmethod
    def _gathered(cls, body: Any) -> Any:
        """Take question and image from `inputs`, or from the root, where `inputs` may be the image."""
        if not isinstance(body, dict) or isinstance(body.get("inputs"), dict):
            return body
        image = body.get("image", body.get("inputs"))
        found = {"question": body.get("question"), "image": image}
        return {**body, "inputs": {name: value for name, value in found.items() if value is not None}}


def example() -> dict[str, Any]:
    return {"inputs": {"question": "What is in the image?", "image": example_image()}}
