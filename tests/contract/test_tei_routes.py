"""The routes of text-embeddings-inference, beside the hosted API's answers of the same models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from same import same
from served import Served
from tenfold_runtime.errors import RequestError

TEXTS = ["A fine day", "It rains"]


@pytest.fixture
def encoder(served: Callable[..., Served]) -> Served:
    return served("BertModel")


@pytest.fixture
def classifier(served: Callable[..., Served]) -> Served:
    return served("BertForSequenceClassification")


def test_embed_gives_a_vector_of_length_one_a_text(encoder: Served) -> None:
    vectors = np.array(encoder.call("/embed", {"inputs": TEXTS}))

    expected = [np.mean(encoder.ask({"inputs": text}), axis=0) for text in TEXTS]
    assert same(vectors.tolist(), [(one / np.linalg.norm(one)).tolist() for one in expected])


def test_embed_gives_a_list_for_a_lone_text_too(encoder: Served) -> None:
    assert same(encoder.call("/embed", {"inputs": TEXTS[0]}), encoder.call("/embed", {"inputs": TEXTS})[:1])


def test_embed_leaves_vectors_as_they_are_when_asked_to(encoder: Served) -> None:
    body = {"inputs": TEXTS[0], "normalize": False, "dimensions": 5}

    expected = np.mean(encoder.ask({"inputs": TEXTS[0]}), axis=0)[:5]
    assert same(encoder.call("/embed", body), [expected.tolist()])


def test_embed_all_gives_a_vector_a_token(encoder: Served) -> None:
    assert same(encoder.call("/embed_all", {"inputs": TEXTS}), encoder.ask({"inputs": TEXTS}))


def test_similarity_is_sentence_similarity(encoder: Served) -> None:
    body = {"inputs": {"source_sentence": TEXTS[0], "sentences": TEXTS}}

    assert encoder.call("/similarity", body) == encoder.ask(body)


def test_predict_gives_the_labels_of_a_text(classifier: Served) -> None:
    assert classifier.call("/predict", {"inputs": TEXTS[0]}) == classifier.ask({"inputs": TEXTS[0]})[0]


def test_predict_takes_two_strings_in_a_list_as_a_pair(classifier: Served) -> None:
    pair = [{"text": TEXTS[0], "text_pair": TEXTS[1]}]

    assert classifier.call("/predict", {"inputs": TEXTS}) == classifier.ask({"inputs": pair})[0]


def test_predict_answers_a_list_of_lists_with_one(classifier: Served) -> None:
    body = {"inputs": [[text] for text in TEXTS], "raw_scores": True}

    expected = classifier.ask({"inputs": TEXTS, "parameters": {"function_to_apply": "none"}})
    assert same(classifier.call("/predict", body), expected)


@pytest.mark.parametrize("inputs", [[], ["a", "b", "c"], [["a"], []], [[1]], 5, [["a"], "b"]])
def test_predict_refuses_what_is_no_text_and_no_pair(inputs: Any, classifier: Served) -> None:
    with pytest.raises(
        RequestError, match="`inputs`: must be a string, a pair of strings in a list"
    ) as refused:
        classifier.call("/predict", {"inputs": inputs})

    assert refused.value.status == 400


def test_embed_refuses_a_text_that_is_too_long(encoder: Served) -> None:
    with pytest.raises(RequestError, match="this model takes at most 128"):
        encoder.call("/embed", {"inputs": "rain " * 300})


def test_a_classifier_does_not_embed(classifier: Served) -> None:
    with pytest.raises(RequestError, match="this model does not answer /embed") as refused:
        classifier.call("/embed", {"inputs": TEXTS})

    assert refused.value.status == 404
