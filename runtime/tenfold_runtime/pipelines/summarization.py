"""summarization: a text in fewer words."""

from typing import Annotated, Any, Self

from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.tasks.base import Parameters, Request, Texts, listed

Tokens = Annotated[int, Field(ge=1, le=500)]


class SummarizationParameters(Parameters):
    min_length: Tokens | None = None
    """Fewest tokens of the summary."""
    max_length: Tokens | None = None
    """Most tokens of the summary."""


class SummarizationRequest(Request):
    inputs: Texts
    """A text, or a list of texts."""
    parameters: SummarizationParameters = SummarizationParameters()


class Summarization(PipelineTask[SummarizationRequest]):
    task = Task.SUMMARIZATION
    request = SummarizationRequest

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    @classmethod
    def load(cls, weights: Weights) -> Self:
        return cls(
            transformers_pipeline.make(
                cls.task, weights, onnx="ORTModelForSeq2SeqLM", processors=("tokenizer",)
            )
        )

    def example_body(self) -> dict[str, Any]:
        return {"inputs": "The tower is 324 metres tall, about the height of an 81-storey building."}

    def answer(self, request: SummarizationRequest, client: Client) -> Any:
        given = request.parameters.model_dump(exclude_none=True)
        return self._pipeline(listed(request.inputs), truncation=True, **given)
