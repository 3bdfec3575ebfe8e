"""For each task a body to try it with, and an answer of the shape that comes back; shown in docs/tasks.md."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from tenfold_api.tasks import Task


@dataclass(frozen=True, slots=True)
class Example:
    """One exchange."""

    answer: Any
    """JSON; or what a file is, as `a PNG file`."""
    body: Any = None
    """JSON; None where the body is a file."""
    file: str = ""
    """Name of the file that is the body."""

    def curl(self, url: str) -> str:
        """Give a command line that asks a model at `url` this."""
        if self.body is None:
            return f"curl -s {url} --data-binary @{self.file}"
        return f"curl -s {url} -d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}"


_LABELS = [{"label": "POSITIVE", "score": 0.98}, {"label": "NEGATIVE", "score": 0.02}]
_CAT = [{"label": "cat", "score": 0.98}, {"label": "dog", "score": 0.02}]
_BOXED = [{"label": "cat", "score": 0.98, "box": {"xmin": 12, "ymin": 40, "xmax": 310, "ymax": 470}}]
_IMAGE = "<an image in base64>"
_ROWS = {"sepal length": ["5.1", "6.7"], "sepal width": ["3.5", "3.1"]}

EXAMPLES: dict[Task, Example] = {
    Task.FEATURE_EXTRACTION: Example([0.037, 0.051, -0.002], {"inputs": "Today is a sunny day."}),
    Task.SENTENCE_SIMILARITY: Example(
        [0.61, 0.08],
        {"inputs": {"source_sentence": "A cat sits", "sentences": ["A kitten rests", "Stocks fell"]}},
    ),
    Task.TEXT_CLASSIFICATION: Example([_LABELS], {"inputs": "I like this very much."}),
    Task.ZERO_SHOT_CLASSIFICATION: Example(
        {"sequence": "I was charged twice", "labels": ["refund", "praise"], "scores": [0.97, 0.03]},
        {"inputs": "I was charged twice", "parameters": {"candidate_labels": ["refund", "praise"]}},
    ),
    Task.TOKEN_CLASSIFICATION: Example(
        [{"entity_group": "PER", "score": 0.99, "word": "Sarah", "start": 11, "end": 16}],
        {"inputs": "My name is Sarah"},
    ),
    Task.FILL_MASK: Example(
        [{"sequence": "a fine day", "score": 0.31, "token": 2986, "token_str": "fine"}],
        {"inputs": "a [MASK] day"},
    ),
    Task.QUESTION_ANSWERING: Example(
        {"answer": "Rome", "score": 0.97, "start": 10, "end": 14},
        {"inputs": {"question": "Where do I live?", "context": "I live in Rome."}},
    ),
    Task.TABLE_QUESTION_ANSWERING: Example(
        {"answer": "SUM > 3, 5", "coordinates": [[0, 1], [1, 1]], "cells": ["3", "5"], "aggregator": "SUM"},
        {"inputs": {"query": "How many stars?", "table": {"name": ["a", "b"], "stars": ["3", "5"]}}},
    ),
    Task.TEXT_RANKING: Example(
        [{"index": 1, "score": 0.98}, {"index": 0, "score": 0.02}],
        {"query": "What is a panda?", "texts": ["A car", "A bear of China"]},
    ),
    Task.SUMMARIZATION: Example([{"summary_text": "The tower is 324 m tall."}], {"inputs": "The tower is …"}),
    Task.TRANSLATION: Example([{"translation_text": "Bonjour"}], {"inputs": "Hello"}),
    Task.TEXT2TEXT_GENERATION: Example([{"generated_text": "42"}], {"inputs": "How much is 6 times 7?"}),
    Task.TEXT_GENERATION: Example(
        [{"generated_text": "Once upon a time, there was"}],
        {"inputs": "Once upon a time,", "parameters": {"max_new_tokens": 3}},
    ),
    Task.CONVERSATIONAL: Example(
        {
            "generated_text": "Fine.",
            "conversation": {"past_user_inputs": ["How are you?"], "generated_responses": ["Fine."]},
            "warnings": [],
        },
        {"inputs": {"text": "How are you?", "past_user_inputs": [], "generated_responses": []}},
    ),
    Task.IMAGE_CLASSIFICATION: Example(_CAT, file="photo.jpg"),
    Task.ZERO_SHOT_IMAGE_CLASSIFICATION: Example(
        _CAT, {"inputs": _IMAGE, "parameters": {"candidate_labels": ["cat", "dog"]}}
    ),
    Task.OBJECT_DETECTION: Example(_BOXED, file="photo.jpg"),
    Task.ZERO_SHOT_OBJECT_DETECTION: Example(
        _BOXED, {"inputs": _IMAGE, "parameters": {"candidate_labels": ["cat"]}}
    ),
    Task.IMAGE_SEGMENTATION: Example(
        [{"label": "cat", "score": 1.0, "mask": "<a PNG of the image's size, in base64>"}], file="photo.jpg"
    ),
    Task.DEPTH_ESTIMATION: Example(
        {"predicted_depth": [[10.3, 10.1]], "depth": "<a PNG in base64>"}, file="photo.jpg"
    ),
    Task.IMAGE_TO_TEXT: Example([{"generated_text": "a cat on a sofa"}], file="photo.jpg"),
    Task.VISUAL_QUESTION_ANSWERING: Example(
        [{"answer": "red", "score": 0.93}], {"inputs": {"question": "Which colour?", "image": _IMAGE}}
    ),
    Task.DOCUMENT_QUESTION_ANSWERING: Example(
        [{"answer": "us-001", "score": 0.97, "start": 16, "end": 16}],
        {"inputs": {"question": "What is the invoice number?", "image": _IMAGE}},
    ),
    Task.IMAGE_TO_IMAGE: Example("an image", file="photo.jpg"),
    Task.TEXT_TO_IMAGE: Example("an image", {"inputs": "An astronaut on a horse"}),
    Task.AUTOMATIC_SPEECH_RECOGNITION: Example({"text": "HELLO WORLD"}, file="speech.flac"),
    Task.AUDIO_CLASSIFICATION: Example([{"label": "happy", "score": 0.8}], file="speech.flac"),
    Task.TEXT_TO_SPEECH: Example("a FLAC file", {"inputs": "Hello"}),
    Task.TEXT_TO_AUDIO: Example("a FLAC file", {"inputs": "Rain on a roof"}),
    Task.AUDIO_TO_AUDIO: Example(
        [{"label": "speech", "content-type": "audio/flac", "blob": "<a FLAC file in base64>"}],
        file="speech.flac",
    ),
    Task.TABULAR_CLASSIFICATION: Example([0, 1], {"inputs": {"data": _ROWS}}),
    Task.TABULAR_REGRESSION: Example([1.3, 4.7], {"inputs": {"data": _ROWS}}),
    Task.REINFORCEMENT_LEARNING: Example(
        {
            "action": [0.12, -0.4],
            "action_preds": [[0.12, -0.4]],
            "state_preds": [[0.1, 0.3, 0.2]],
            "return_preds": [3.4],
        },
        {"inputs": {"states": [[0.1, 0.2, 0.3]], "actions": [[0.0, 0.0]], "returns_to_go": [3.6]}},
    ),
}
