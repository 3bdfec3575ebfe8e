"""visual-question-answering: the answer to a question about an image."""

from typing import Annotated, Any, Self

from pydantic import Field

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.positions import limit_question
from tenfold_runtime.pipelines.question import QuestionRequest, example
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.images import decode


class VisualQuestionAnsweringParameters(Parameters):
    top_k: Annotated[int, Field(ge=1)] = 5
    """How many answers, where the model chooses among answers that it knows."""


class VisualQuestionAnsweringRequest(QuestionRequest):
    parameters: VisualQuestionAnsweringParameters = VisualQuestionAnsweringParameters()


class VisualQuestionAnswering(PipelineTask[VisualQuestionAnsweringRequest]):
    task = Task.VISUAL_QUESTION_ANSWERING
    request = VisualQuestionAnsweringRequest
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        limit_question(pipeline)

    @classmethod
    def load(cls, weights: Weights) -> Self:
        processors = ("tokenizer", "image_processor")
        return cls(transformers_pipeline.make(cls.task, weights, onnx=None, processors=processors))

    def example_body(self) -> dict[str, Any]:
        return example()

    def answer(self, request: VisualQuestionAnsweringRequest, client: Client) -> Any:
        asked, image = request.inputs, decode(request.inputs.image)
        found = self._pipeline(
            image=image, question=asked.question, top_k=request.parameters.top_k, truncation=True
        )
        return [{"score": 1.0, **answer} for answer in found]  # a text that was written has no score
