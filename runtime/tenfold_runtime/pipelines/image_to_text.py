"""image-to-text: an image in words."""

from typing import Annotated, Any, Self

from pydantic import AliasChoices, Field

from tenfold_api.clients import Client, reads_one_text
from tenfold_api.tasks import Task
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.generation_parameters import GenerationParameters, generating
from tenfold_runtime.pipelines.positions import limit_defaults, positions, refuse_longer
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.base import ImageRequest, example_image
from tenfold_runtime.vision.images import decode


class ImageToTextParameters(Parameters):
    max_new_tokens: Annotated[int, Field(ge=1, le=4096)] | None = None
    """Most tokens that are written."""
    generation_parameters: GenerationParameters | None = Field(
        default=None, validation_alias=AliasChoices("generation_parameters", "generate_kwargs")
    )
    """How tokens are chosen."""

    @property
    def written(self) -> dict[str, Any]:
        """The arguments of generate that the caller set."""
        nested = self.generation_parameters.arguments() if self.generation_parameters else {}
        return nested if self.max_new_tokens is None else {**nested, "max_new_tokens": self.max_new_tokens}

    @property
    def seed(self) -> int | None:
        return self.generation_parameters.seed if self.generation_parameters else None


class ImageToTextRequest(ImageRequest):
    parameters: ImageToTextParameters = ImageToTextParameters()


class ImageToText(PipelineTask[ImageToTextRequest]):
    task = Task.IMAGE_TO_TEXT
    request = ImageToTextRequest
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._most_new = positions(pipeline.model.config.get_text_config(decoder=True), "decoder")
        limit_defaults(pipeline, self._most_new)

    @classmethod
    def load(cls, weights: Weights) -> Self:
        processors = ("tokenizer", "image_processor")
        made = transformers_pipeline.make(
            cls.task, weights, onnx="ORTModelForVision2Seq", processors=processors
        )
        return cls(made)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": example_image(), "parameters": {"max_new_tokens": 8}}

    def repeatable(self, request: ImageToTextRequest) -> bool:
        return request.parameters.seed is not None or not request.parameters.written.get("do_sample")

    def answer(self, request: ImageToTextRequest, client: Client) -> Any:
        written = request.parameters.written
        refuse_longer(written, self._most_new)
        with generating(written, request.parameters.seed):
            answer = self._pipeline(decode(request.inputs), generate_kwargs=written)
        return answer[0] if reads_one_text(client) else answer
