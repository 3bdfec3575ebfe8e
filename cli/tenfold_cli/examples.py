"""A request to try, for each task."""

import json
import shlex
from typing import Any

from tenfold_api.tasks import Task

_ANY = {"inputs": "hello"}
_BODIES: dict[str, dict[str, Any]] = {
    Task.SENTENCE_SIMILARITY: {
        "inputs": {"source_sentence": "a cat sits on the mat", "sentences": ["a kitten rests on a rug"]}
    },
    Task.TEXT_CLASSIFICATION: {"inputs": "What a lovely day"},
    Task.ZERO_SHOT_CLASSIFICATION: {
        "inputs": "My phone does not start",
        "parameters": {"candidate_labels": ["hardware", "travel"]},
    },
    Task.TOKEN_CLASSIFICATION: {"inputs": "Clara lives in Berkeley"},
    Task.FILL_MASK: {"inputs": "Paris is the [MASK] of France."},
    Task.QUESTION_ANSWERING: {
        "inputs": {"question": "Where does Clara live?", "context": "Clara lives in Berkeley."}
    },
}


def curl(address: str, model_id: str, task: str | None) -> str:
    """Give a command line that asks the model something that it can answer."""
    body = json.dumps(_BODIES.get(task or "", _ANY))
    return f"curl -s {address}/models/{model_id} -d {shlex.quote(body)}"
