"""text2text-generation: whatever text an encoder with a decoder was taught to make of a text."""

from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.pipelines.sequence_to_sequence import SequenceToSequence, TextToTextRequest


class Text2TextGeneration(SequenceToSequence[TextToTextRequest]):
    task = Task.TEXT2TEXT_GENERATION
    request = TextToTextRequest
    example = "Is the sky blue on a sunny day?"

    def prepared(self, text: str, request: TextToTextRequest) -> tuple[str, dict[str, Any]]:
        return text, {}
