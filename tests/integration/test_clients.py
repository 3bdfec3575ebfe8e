"""huggingface_hub's own client, pointed at a running `tenfold up` and otherwise unmodified."""

import asyncio

import numpy as np
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture
def client(served):
    """A client for a model. It is held until the model is up, as clients of its kind are."""
    return lambda model_id: InferenceClient(f"{served.url}/models/{model_id}", timeout=120)


def test_sentence_similarity_puts_cats_nearer_to_kittens_than_to_stocks(client):
    cat, stocks = client(MINILM).sentence_similarity(
        "a cat sits on the mat", other_sentences=["a kitten rests on a rug", "the stock market fell"]
    )

    assert cat > stocks


def test_feature_extraction_gives_a_vector(client):
    vector = client(MINILM).feature_extraction("hello")

    assert vector.shape == (384,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-3)


def test_text_classification_gives_labels(client):
    labels = client("tiny/text-classification").text_classification("a cat sits on the mat")

    assert {one.label for one in labels} == {"NEGATIVE", "NEUTRAL", "POSITIVE"}


def test_token_classification_gives_entities(client):
    entities = client("tiny/token-classification").token_classification("She studied chemistry in Lyon.")

    assert all(one.entity_group in {"PER", "LOC"} and one.score > 0 for one in entities)


def test_fill_mask_gives_tokens(client):
    filled = client("tiny/fill-mask").fill_mask("The [MASK] has been on the stove.", top_k=3)

    assert len(filled) == 3
    assert all("on the stove" in one.sequence and 0 < one.score < 1 for one in filled)


def test_question_answering_gives_a_span(client):
    context = "She was born in Trondheim."

    answer = client("tiny/question-answering").question_answering("Where?", context=context)

    assert context[answer.start : answer.end] == answer.answer


def test_zero_shot_classification_scores_the_labels(client):
    labels = client("tiny/zero-shot-classification").zero_shot_classification(
        "a cat sits on the mat", candidate_labels=["animals", "money"]
    )

    assert sum(one.score for one in labels) == pytest.approx(1.0, abs=1e-3)


async def test_the_asynchronous_client_works_too(served):
    async with AsyncInferenceClient(f"{served.url}/models/{MINILM}", timeout=120) as client:
        vectors = await asyncio.gather(*(client.feature_extraction(f"text {index}") for index in range(8)))

    assert all(vector.shape == (384,) for vector in vectors)


def test_bad_input_is_the_clients_bad_request_error(client):
    with pytest.raises(BadRequestError, match="No mask_token"):
        client("tiny/fill-mask").fill_mask("nothing to fill")


def test_an_unknown_model_is_the_clients_error(client):
    with pytest.raises(HfHubHTTPError, match="does not exist"):
        client("tiny/absent").text_classification("hello")
