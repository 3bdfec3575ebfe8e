"""zero-shot-image-classification: how well labels that the model never saw fit an image."""

from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.positions import positions
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.tasks.zero_shot_classification import split
from tenfold_runtime.vision.base import ImageRequest, example_image
from tenfold_runtime.vision.images import decode

Labels: TypeAlias = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=1000)]],
    BeforeValidator(split),
    Field(min_length=1, max_length=1000),
]


def refuse_long_labels(pipeline: Any, sentences: list[str]) -> None:
    """Raise InvalidInput where the sentence of a label has more tokens than the model has positions."""
    most = positions(pipeline.model.config.get_text_config(), "encoder")
    for index, tokens in enumerate(pipeline.tokenizer(sentences).input_ids):
        if len(tokens) > most:
            problem = f"{len(tokens)} tokens; at most {most} are accepted"
            raise InvalidInput(f"parameters.candidate_labels.{index}", problem)


class ZeroShotImageParameters(Parameters):
    candidate_labels: Labels
    """The labels to choose from: a list, or a string with commas."""
    hypothesis_template: Annotated[str, Field(pattern=r"\{\}", max_length=1000)] = "This is a photo of {}."
    """The sentence that is made of a label, in place of `{}`."""


class ZeroShotImageRequest(ImageRequest):
    parameters: ZeroShotImageParameters


class ZeroShotImageClassification(PipelineTask[ZeroShotImageRequest]):
    task = Task.ZERO_SHOT_IMAGE_CLASSIFICATION
    request = ZeroShotImageRequest
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, weights: Weights) -> Self:
        return cls(
            transformers_pipeline.make(
                cls.task,
                weights,
                onnx="ORTModelForZeroShotImageClassification",
                processors=("tokenizer", "image_processor"),
            )
        )

    def example_body(self) -> dict[str, Any]:
        return {"inputs": example_image(), "parameters": {"candidate_labels": ["cat", "dog"]}}

    def answer(self, request: ZeroShotImageRequest, client: Client) -> Any:
        asked = request.parameters
        sentences = [asked.hypothesis_template.replace("{}", label) for label in asked.candidate_labels]
        refuse_long_labels(self._pipeline, sentences)
        found = self._pipeline(decode(request.inputs), candidate_labels=sentences, hypothesis_template="{}")
        labels = dict(zip(sentences, asked.candidate_labels, strict=True))
        return [{**each, "label": labels[each["label"]]} for each in found]
