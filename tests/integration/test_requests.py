"""Requests as curl sends them, good and bad."""

import pytest

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def minilm(served):
    """The server, once MiniLM answers."""
    assert served.post(MINILM, {"inputs": "hello"}, x_wait_for_model="true").status == 200
    return served


def test_a_text_is_answered_with_384_numbers(minilm):
    answer = minilm.post(MINILM, b'{"inputs": "hello"}', x_use_cache="false")

    assert len(answer.body) == 384
    assert answer.headers["x-compute-type"] == "cpu+optimized"
    assert answer.headers["x-compute-characters"] == "5"
    assert len(answer.headers["x-sha"]) == 40
    assert answer.headers["x-request-id"]


def test_the_same_text_again_is_answered_from_the_cache(minilm):
    first, second = (minilm.post(MINILM, b'{"inputs": "the same"}') for _ in range(2))

    assert (first.headers["x-compute-type"], second.headers["x-compute-type"]) == ("cpu+optimized", "cache")
    assert first.body == second.body


BAD = {
    "malformed JSON": b'{"inputs": "he',
    "no inputs": b"{}",
    "wrong type": b'{"inputs": 7}',
    "empty batch": b'{"inputs": []}',
    "a string of 1 MB": b'{"inputs": "' + b"a" * 1_000_000 + b'"}',
    "not UTF-8": b"\xff\xfe\xfa",
    "empty": b"",
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_request_gets_a_clear_error_and_the_next_one_an_answer(minilm, body):
    refused = minilm.post(MINILM, body)

    assert 400 <= refused.status < 500
    assert refused.body["error"]
    assert minilm.post(MINILM, {"inputs": "good"}).status == 200


def test_the_task_may_stand_in_the_path(minilm):
    body = {"inputs": {"source_sentence": "a cat", "sentences": ["a kitten", "a stock"]}}

    answer = minilm.post(f"{MINILM}/pipeline/sentence-similarity", body)

    assert len(answer.body) == 2


def test_an_unknown_model_does_not_exist(minilm):
    answer = minilm.post("no/such-model", {"inputs": "hello"})

    assert (answer.status, answer.body) == (404, {"error": "Model no/such-model does not exist"})


def test_a_model_tells_what_it_is(minilm):
    answer = minilm.get(f"/models/{MINILM}")

    assert answer.status == 200
    assert "feature-extraction" in str(answer.body)


def test_the_status_is_that_of_the_classic_service(minilm):
    status = minilm.get(f"/status/{MINILM}").body

    assert (status["loaded"], status["state"], status["compute_type"]) == (True, "Loaded", "cpu")
