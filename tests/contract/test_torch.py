"""Text tasks on torch, as they run where a model has no graph: the answers are those of ONNX Runtime."""

from collections.abc import Callable
from pathlib import Path

import pytest

from same import same
from served import Served, serve
from tenfold_api.spec import Engine

QUESTION = {"question": "Who lives here?", "context": "A cat lives in the house with two children."}

TASKS = {
    "BertForSequenceClassification": "A fine day",
    "BertForTokenClassification": "Anna lives in Rome",
    "BertForMaskedLM": "A [MASK] day",
    "BertForQuestionAnswering": QUESTION,
    "BertModel": ["A fine day", "It rains"],
}


@pytest.mark.parametrize("architecture", TASKS)
def test_torch_answers_as_onnx_runtime_does(
    architecture: str, model: Callable[..., Path], served: Callable[..., Served], cache: Path
) -> None:
    on_torch = serve(model(architecture), cache, engine="transformers")
    body = {"inputs": TASKS[architecture]}

    assert same(on_torch.ask(body), served(architecture).ask(body))


def test_the_manifest_says_that_torch_was_asked_for(model: Callable[..., Path], cache: Path) -> None:
    manifest = serve(model("BertModel"), cache, engine="transformers").loaded.manifest

    assert (manifest.engine, manifest.fallback) == (Engine.TRANSFORMERS, "spec.engine is transformers")
