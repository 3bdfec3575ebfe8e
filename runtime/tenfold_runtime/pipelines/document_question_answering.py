"""document-question-answering: the answer to a question about a page."""

from typing import Annotated, Any, Self

from pydantic import Field

from tenfold_api.clients import Client, reads_every_field
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.question import QuestionRequest, example
from tenfold_runtime.tasks.request import Parameters
from tenfold_runtime.vision.images import decode

Length = Annotated[int, Field(ge=1, le=10_000)]
Place = Annotated[float, Field(ge=0, le=1000)]
# What some clients read of every answer, though one that was written has no score, and stands nowhere.
_WRITTEN = {"score": 1.0, "start": 0, "end": 0}
# What tokenizers say of a question that is longer than what the model reads at once.
_NO_ROOM = "Truncation error"
WordBox = tuple[str, tuple[Place, Place, Place, Place]]


class DocumentQuestionAnsweringParameters(Parameters):
    top_k: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many answers; one by default."""
    doc_stride: Length | None = None
    """How many tokens the pieces share in which a long page is read."""
    max_answer_len: Length | None = None
    """Most words of an answer."""
    max_question_len: Length | None = None
    """Most tokens of the question."""
    max_seq_len: Length | None = None
    """Most tokens of a piece, the question among them."""
    handle_impossible_answer: bool | None = None
    """Whether there may be no answer."""
    lang: Annotated[str, Field(max_length=100)] | None = None
    """The language in which the page's text is recognised."""
    word_boxes: Annotated[list[WordBox], Field(min_length=1, max_length=20_000)] | None = None
    """The page's words, each with its box as left, top, right and bottom, from 0 to 1000."""


class DocumentQuestionAnsweringRequest(QuestionRequest):
    parameters: DocumentQuestionAnsweringParameters = DocumentQuestionAnsweringParameters()


class DocumentQuestionAnswering(PipelineTask[DocumentQuestionAnsweringRequest]):
    """Models that read the page themselves, as Donut, and those that are given its words, as LayoutLM."""

    task = Task.DOCUMENT_QUESTION_ANSWERING
    request = DocumentQuestionAnsweringRequest
    takes_file = True

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._reads = pipeline.model.config.model_type == "vision-encoder-decoder"

    @classmethod
    def load(cls, weights: Weights) -> Self:
        sees = (weights.folder / "preprocessor_config.json").exists()
        processors = ("tokenizer", "image_processor") if sees else ("tokenizer",)
        return cls(transformers_pipeline.make(cls.task, weights, onnx=None, processors=processors))

    def example_body(self) -> dict[str, Any]:
        words = {} if self._reads else {"word_boxes": [["hello", [0, 0, 100, 100]]]}
        return {**example(), "parameters": words}

    def answer(self, request: DocumentQuestionAnsweringRequest, client: Client) -> Any:
        asked, image = request.inputs, decode(request.inputs.image)
        options = request.parameters.model_dump(exclude_none=True)
        if not (self._reads or "word_boxes" in options or _can_recognise()):
            raise InvalidInput("parameters.word_boxes", "field required: this model does not read images")
        if words := request.parameters.word_boxes:
            options["word_boxes"] = [(word, [int(edge) for edge in box]) for word, box in words]
        try:
            found = self._pipeline(image=image, question=asked.question, **options)
        except Exception as error:
            if _NO_ROOM not in str(error):
                raise
            raise InvalidInput(
                "inputs.question", "it leaves no room for the words of the document"
            ) from error
        listed = found if isinstance(found, list) else [found]
        absent = _WRITTEN if reads_every_field(client) else {}
        return [{**absent, **each, "answer": each["answer"] or ""} for each in listed]


def _can_recognise() -> bool:
    """Whether Tesseract is here to find the words."""
    from transformers.utils import is_pytesseract_available

    return bool(is_pytesseract_available())
