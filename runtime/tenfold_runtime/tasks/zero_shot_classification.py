"""zero-shot-classification: how well labels that the model never saw fit a text.

Each label makes a hypothesis; a model trained on inference says how far the text entails it.
"""

from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from pydantic import AliasChoices, BeforeValidator, Field
from tokenizers import Encoding

from tenfold_api.clients import Client, reads_listed_labels, reads_one_answer
from tenfold_api.tasks import Task
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.base import TextTask
from tenfold_runtime.tasks.request import Parameters, Request, Texts, listed, one_or_all
from tenfold_runtime.tasks.scores import best, softmax


def split(labels: Any) -> Any:
    return (
        [label.strip() for label in labels.split(",") if label.strip()] if isinstance(labels, str) else labels
    )


class ZeroShotClassificationParameters(Parameters):
    candidate_labels: Annotated[
        list[str],
        BeforeValidator(split),
        Field(min_length=1, validation_alias=AliasChoices("candidate_labels", "candidateLabels")),
    ]
    """The labels to choose from: a list, or a string with commas."""
    multi_label: bool = False
    """Whether several labels may be true at once; then each has a score of its own."""
    hypothesis_template: Annotated[str, Field(pattern=r"\{\}")] = "This example is {}."
    """The sentence that is made of a label, in place of `{}`."""


class ZeroShotClassificationRequest(Request):
    inputs: Texts
    """One text or a list of them."""
    parameters: ZeroShotClassificationParameters


class ZeroShotClassification(TextTask[ZeroShotClassificationRequest]):
    task = Task.ZERO_SHOT_CLASSIFICATION
    request = ZeroShotClassificationRequest
    example = {
        "inputs": "I have a problem with my phone",
        "parameters": {"candidate_labels": ["urgent", "phone"]},
    }

    def encode(self, request: ZeroShotClassificationRequest) -> list[Encoding]:
        template = request.parameters.hypothesis_template
        hypotheses = [template.replace("{}", label) for label in request.parameters.candidate_labels]
        texts = listed(request.inputs)
        return [self.tokenizer.encode(text, claim, truncate=True) for text in texts for claim in hypotheses]

    def answer(
        self,
        request: ZeroShotClassificationRequest,
        encodings: list[Encoding],
        outputs: list[Outputs],
        client: Client,
    ) -> Any:
        logits = np.stack([output for output, *_ in outputs])
        texts = listed(request.inputs)
        rows = np.split(logits, len(texts))
        shape = _as_list if reads_listed_labels(client) else _as_classic
        answers = [
            shape(
                text, request.parameters.candidate_labels, self._scores(row, request.parameters.multi_label)
            )
            for text, row in zip(texts, rows, strict=True)
        ]
        if len(answers) == 1 and reads_one_answer(client):
            return answers[0]
        return one_or_all(request.inputs, answers)

    def _scores(self, logits: npt.NDArray[np.float32], multi_label: bool) -> npt.NDArray[np.float32]:
        """Score labels, float32 (labels,), from the logits of their hypotheses, (labels, classes)."""
        entailment = self.facts.entailment
        if not multi_label and len(logits) > 1:
            return softmax(logits[:, entailment])
        contradiction = -1 if entailment == 0 else 0
        return softmax(logits[:, [contradiction, entailment]])[:, 1]


def _as_classic(text: str, labels: list[str], scores: npt.NDArray[np.float32]) -> dict[str, Any]:
    order = best(scores)
    return {
        "sequence": text,
        "labels": [labels[index] for index in order],
        "scores": [float(scores[index]) for index in order],
    }


def _as_list(text: str, labels: list[str], scores: npt.NDArray[np.float32]) -> list[dict[str, Any]]:
    return [{"label": labels[index], "score": float(scores[index])} for index in best(scores)]
