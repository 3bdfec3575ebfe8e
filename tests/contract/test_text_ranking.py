"""Rankings, beside sentence-transformers' cross-encoder on the same weights."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import CrossEncoder

from same import same
from served import Served, load, serve
from tenfold_runtime.errors import CannotLoad, RequestError

QUERY = "Where does Anna live?"
TEXTS = ["It rains all week.", "Anna lives in Rome.", "The kettle is on the stove."]
PAIRS = [[QUERY, text] for text in TEXTS]
LABELS = ["relevant"]
LONG = "rain " * 300


@pytest.fixture
def folder(model: Callable[..., Path]) -> Path:
    return model("BertForSequenceClassification", labels=LABELS)


@pytest.fixture
def ranking(served: Callable[..., Served]) -> Served:
    return served("BertForSequenceClassification", "text-ranking", labels=LABELS)


def test_pairs_have_the_scores_of_a_cross_encoder(folder: Path, ranking: Served) -> None:
    expected = CrossEncoder(str(folder), device="cpu").predict([(QUERY, text) for text in TEXTS])

    assert same(ranking.ask({"inputs": PAIRS}), {"scores": [float(score) for score in expected]})


def test_a_query_is_answered_with_its_texts_best_first(folder: Path, ranking: Served) -> None:
    expected = CrossEncoder(str(folder), device="cpu").rank(QUERY, TEXTS)

    answer = ranking.ask({"query": QUERY, "texts": TEXTS, "return_text": True})

    wanted = [
        {"index": each["corpus_id"], "score": float(each["score"]), "text": TEXTS[each["corpus_id"]]}
        for each in expected
    ]
    assert same(answer, wanted)


def test_rerank_speaks_the_dialect_of_text_embeddings_inference(ranking: Served) -> None:
    body = {"query": QUERY, "texts": TEXTS, "raw_scores": True, "model": "ignored"}

    raw = ranking.call("/rerank", body)

    scores = ranking.call("/rerank", {"query": QUERY, "texts": TEXTS})
    assert raw == ranking.ask(
        {"inputs": {"query": QUERY, "texts": TEXTS}, "parameters": {"raw_scores": True}}
    )
    assert [each["index"] for each in raw] == [each["index"] for each in scores]
    assert same([1 / (1 + np.exp(-each["score"])) for each in raw], [each["score"] for each in scores])


def test_a_classifier_of_one_label_ranks_too(ranking: Served, served: Callable[..., Served]) -> None:
    classifier = served("BertForSequenceClassification", labels=LABELS)
    body = {"query": QUERY, "texts": TEXTS}

    assert classifier.ask(body) == ranking.ask(body)


def test_pairs_of_the_classic_form_are_classified(ranking: Served) -> None:
    (labels,) = ranking.ask({"inputs": [{"text": QUERY, "text_pair": TEXTS[0]}]})

    (score,) = ranking.ask({"inputs": PAIRS[:1]})["scores"]
    assert same(labels, [{"label": "relevant", "score": score}])


def test_a_model_may_ask_for_its_scores_as_they_are(folder: Path, cache: Path, tmp_path: Path) -> None:
    raw = shutil.copytree(folder, tmp_path / "raw")
    config = json.loads((raw / "config.json").read_text())
    config["sentence_transformers"] = {"activation_fn": "torch.nn.modules.linear.Identity"}
    (raw / "config.json").write_text(json.dumps(config))

    answer = serve(raw, cache, task="text-ranking").ask({"inputs": PAIRS})

    expected = CrossEncoder(str(raw), device="cpu").predict([(QUERY, text) for text in TEXTS])
    assert same(answer, {"scores": [float(score) for score in expected]})


def test_torch_ranks_as_onnx_runtime_does(folder: Path, cache: Path, ranking: Served) -> None:
    on_torch = serve(folder, cache, task="text-ranking", engine="transformers")

    assert same(on_torch.ask({"inputs": PAIRS}), ranking.ask({"inputs": PAIRS}))


def test_a_classifier_of_several_labels_cannot_be_loaded_to_rank(
    model: Callable[..., Path], cache: Path
) -> None:
    with pytest.raises(CannotLoad, match="the model does not suit text-ranking: it has 3 labels"):
        load(model("BertForSequenceClassification"), cache, task="text-ranking")


def test_a_classifier_of_several_labels_does_not_rank(served: Callable[..., Served]) -> None:
    with pytest.raises(RequestError, match="this model does not answer /rerank"):
        served("BertForSequenceClassification").call("/rerank", {"query": QUERY, "texts": TEXTS})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"query": QUERY, "texts": []}, "`inputs.texts`"),
        ({"texts": TEXTS}, "`inputs.query`: field required"),
        ({"query": QUERY, "texts": [1]}, "`inputs.texts.0`: must be a string"),
        ({"query": QUERY, "texts": TEXTS, "truncation_direction": "up"}, "`parameters.truncation_direction`"),
        ({"query": QUERY, "texts": [LONG]}, "tokens; this model takes at most 128"),
        ({"inputs": [[QUERY]]}, "`inputs.0`"),
        ({"inputs": PAIRS, "parameters": {"top_k": 1}}, "`parameters.top_k`: unknown parameter"),
    ],
)
def test_what_cannot_be_ranked_is_named(body: Any, said: str, ranking: Served) -> None:
    with pytest.raises(RequestError) as refused:
        ranking.ask(body)

    assert refused.value.status == 400
    assert said in str(refused.value)


def test_a_text_that_is_too_long_is_cut_when_asked_for(folder: Path, ranking: Served) -> None:
    expected = CrossEncoder(str(folder), device="cpu").predict([(QUERY, LONG)])

    (answer,) = ranking.ask({"query": QUERY, "texts": [LONG], "truncate": True})

    assert same(answer["score"], float(expected[0]))
