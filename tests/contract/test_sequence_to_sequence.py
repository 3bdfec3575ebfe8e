"""Tasks that write a text from a text, beside transformers' own pipelines on the same weights."""

from pathlib import Path

import pytest
import transformers

import tiny_seq2seq
from served import Served, serve
from tenfold_api.spec import Engine

TEXT = "The tower is 324 metres tall, about the height of a building with many floors."


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_seq2seq.bart(tmp_path_factory.mktemp("models") / "bart")


@pytest.fixture(scope="module", params=["auto", "transformers"])
def summarization(request: pytest.FixtureRequest, bart: Path, cache: Path) -> Served:
    return serve(bart, cache, task="summarization", engine=request.param)


def test_a_summary_is_that_of_transformers(bart: Path, summarization: Served) -> None:
    expected = transformers.pipeline("summarization", str(bart), device="cpu")(TEXT, truncation=True)

    assert summarization.ask({"inputs": TEXT}) == expected


def test_a_list_is_answered_with_a_summary_for_each_text(summarization: Served) -> None:
    assert len(summarization.ask({"inputs": [TEXT, "Short."]})) == 2


def test_auto_takes_onnx_runtime_where_the_model_exports(bart: Path, cache: Path) -> None:
    served = serve(bart, cache, task="summarization")

    assert served.loaded.manifest.engine is Engine.ONNX
