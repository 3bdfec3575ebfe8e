"""conversational: the reply to a text, and to what was said before it."""

from typing import Any, Self

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.generation.conversation import Conversation
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.sequence_to_sequence import TextToTextParameters, TextToTextRequest
from tenfold_runtime.pipelines.text2text_generation import Text2TextGeneration
from tenfold_runtime.tasks.request import Request

_BETWEEN = "  "  # what BlenderBot was taught to find between two turns


class ConversationalRequest(Request):
    inputs: Conversation
    """A text, and what was said before it."""
    parameters: TextToTextParameters = TextToTextParameters()


class Conversational(PipelineTask[ConversationalRequest]):
    """Has an encoder with a decoder write the reply; decoders alone are asked through text generation."""

    task = Task.CONVERSATIONAL
    request = ConversationalRequest

    def __init__(self, writer: Text2TextGeneration) -> None:
        self._writer = writer

    @classmethod
    def load(cls, weights: Weights) -> Self:
        return cls(Text2TextGeneration.load(weights))

    def example_body(self) -> dict[str, Any]:
        return {"inputs": {"text": "How are you?"}}

    def repeatable(self, request: ConversationalRequest) -> bool:
        return self._writer.repeatable(TextToTextRequest(inputs="", parameters=request.parameters))

    def answer(self, request: ConversationalRequest, client: Client) -> Any:
        asked = TextToTextRequest(inputs=self._text(request.inputs), parameters=request.parameters)
        replies = self._writer.answer(asked, client)
        return request.inputs.answered(replies[0]["generated_text"].strip())

    def _text(self, conversation: Conversation) -> str:
        """Join the turns; where they are too long, the oldest are left out."""
        joined = ""
        for turns in conversation.shortening():
            joined = _BETWEEN.join(turns)
            if self._writer.fits(joined):
                break
        return joined
