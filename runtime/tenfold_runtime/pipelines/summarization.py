"""summarization: a text in fewer words."""

from typing import Any

from tenfold_api.tasks import Task
from tenfold_runtime.pipelines.sequence_to_sequence import SequenceToSequence, TextToTextRequest


class Summarization(SequenceToSequence[TextToTextRequest]):
    task = Task.SUMMARIZATION
    request = TextToTextRequest
    example = "The tower is 324 metres tall, about the height of an 81-storey building."

    def prepared(self, text: str, request: TextToTextRequest) -> tuple[str, dict[str, Any]]:
        return text, {}
