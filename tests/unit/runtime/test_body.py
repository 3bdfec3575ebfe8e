"""Bodies as people send them: what is accepted, and how the rest is refused."""

import json

import pytest

from tenfold_api.spec import Limits
from tenfold_runtime.body import read
from tenfold_runtime.errors import RequestError
from tenfold_runtime.generation.requests import TextGenerationRequest
from tenfold_runtime.pipelines.table_question_answering import TableQuestionAnsweringRequest
from tenfold_runtime.tasks.feature_extraction import FeatureExtractionRequest
from tenfold_runtime.tasks.question_answering import QuestionAnsweringRequest
from tenfold_runtime.tasks.sentence_similarity import SentenceSimilarityRequest
from tenfold_runtime.tasks.text_classification import TextClassificationRequest
from tenfold_runtime.tasks.zero_shot_classification import ZeroShotClassificationRequest


@pytest.mark.parametrize(
    ("body", "inputs"),
    [
        (b'{"inputs": "hello"}', "hello"),
        (b'"hello"', "hello"),
        (b"hello there", "hello there"),
        (b'["a", "b"]', ["a", "b"]),
        (b"42", "42"),
        (b"true", "true"),
        (b'{"inputs": "hello", "model": "x", "options": {"use_cache": false}}', "hello"),
    ],
)
def test_inputs_may_be_an_object_a_bare_value_or_raw_text(body, inputs):
    assert read(body, FeatureExtractionRequest, Limits()).request.inputs == inputs


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"inputs": "hel', "Error in body: not valid JSON"),
        (b"[1, 2", "Error in body: not valid JSON"),
        (b"\xff\xfe\x00hello", "Error in body: not UTF-8, from byte 0 on"),
        (b'{"inputs": "\xff"}', "Error in body: not UTF-8, from byte 12 on"),
        (b"{}", "Error in `inputs`: field required"),
        (b'{"inputs": null}', "Error in `inputs`: must be a string or a list of strings"),
        (b'{"inputs": 5}', "Error in `inputs`: must be a string or a list of strings"),
        (b'{"inputs": ["a", 5]}', "Error in `inputs`: must be a string or a list of strings"),
        (b'{"inputs": []}', "Error in `inputs`: the list is empty; give at least one string"),
        (b'{"inputs": "a", "parameters": 3}', "Error in `parameters`: must be an object"),
        (b'{"inputs": "a", "parameters": {"nromalize": true}}', "unknown parameter; known are normalize"),
    ],
)
def test_what_is_wrong_is_named(body, problem):
    with pytest.raises(RequestError) as refused:
        read(body, FeatureExtractionRequest, Limits())

    assert problem in str(refused.value)


def test_a_missing_nested_field_is_named_by_its_path():
    with pytest.raises(RequestError) as refused:
        read(b'{"inputs": {"question": "Who?"}}', QuestionAnsweringRequest, Limits())

    assert refused.value.problems == ("Error in `inputs.context`: field required",)


def test_all_problems_are_told_at_once():
    with pytest.raises(RequestError) as refused:
        read(b'{"inputs": 1, "parameters": {"top_k": 0}}', TextClassificationRequest, Limits())

    assert len(refused.value.problems) == 2


def test_a_text_that_is_too_long_is_named_with_its_length():
    limits = Limits(max_input_characters=10)

    with pytest.raises(RequestError, match=r"Error in `inputs.1`: 11 characters; at most 10"):
        read(b'["short", "12345678901"]', FeatureExtractionRequest, limits)


def test_characters_are_counted_over_all_texts():
    body = b'{"inputs": {"source_sentence": "abc", "sentences": ["de", "f"]}}'

    assert read(body, SentenceSimilarityRequest, Limits()).characters == 6


def test_parameters_of_feature_extraction_may_stand_at_the_root():
    body = b'{"inputs": "a", "normalize": true, "parameters": {"truncate": false}}'

    parameters = read(body, FeatureExtractionRequest, Limits()).request.parameters

    assert (parameters.normalize, parameters.truncate) == (True, False)


AT_ROOT = {
    QuestionAnsweringRequest: ({"question": "Who?", "context": "Anna"}, "Who?"),
    TableQuestionAnsweringRequest: ({"query": "Who?", "table": {"a": ["1"]}}, "Who?"),
    SentenceSimilarityRequest: ({"source_sentence": "Who?", "sentences": ["a"]}, "Who?"),
}


@pytest.mark.parametrize("empty", [{}, {"inputs": None}])
@pytest.mark.parametrize("request_type", AT_ROOT, ids=lambda one: one.__name__)
def test_the_parts_of_the_inputs_may_stand_at_the_root(request_type, empty):
    parts, said = AT_ROOT[request_type]

    inputs = read(json.dumps({**empty, **parts}).encode(), request_type, Limits()).request.inputs

    assert said in inputs.model_dump().values()


@pytest.mark.parametrize(
    "request_type", [TextClassificationRequest, FeatureExtractionRequest, TextGenerationRequest]
)
def test_no_parameters_may_be_said_with_null(request_type):
    told = read(b'{"inputs": "a", "parameters": null}', request_type, Limits()).request

    assert told == read(b'{"inputs": "a"}', request_type, Limits()).request


def test_candidate_labels_are_required_and_may_be_a_string():
    with pytest.raises(RequestError, match="candidate_labels"):
        read(b'{"inputs": "a", "parameters": {}}', ZeroShotClassificationRequest, Limits())

    request = read(
        b'{"inputs": "a", "parameters": {"candidate_labels": "x, y"}}',
        ZeroShotClassificationRequest,
        Limits(),
    ).request
    assert request.parameters.candidate_labels == ["x", "y"]
