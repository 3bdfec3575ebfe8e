"""Every text task gives what transformers' pipeline gives on the same weights, in the hosted API's shape."""

import numpy as np
import pytest
import transformers

from same import same
from tenfold_api.clients import Client
from tenfold_runtime.conversion.calibration import SENTENCES

SEQUENCE = "BertForSequenceClassification"
TOKEN = "BertForTokenClassification"
MASKED = "BertForMaskedLM"
QUESTION = "BertForQuestionAnswering"
ENTAILMENT = ["contradiction", "neutral", "entailment"]
CONTEXT = " ".join(SENTENCES)


def test_text_classification_answers_all_labels_in_a_list_of_lists(served, pipeline):
    expected = pipeline("text-classification", SEQUENCE)(SENTENCES[0], top_k=None)

    answer = served(SEQUENCE).ask({"inputs": SENTENCES[0]})

    assert same(answer, [expected])


@pytest.mark.parametrize("function", ["sigmoid", "softmax", "none"])
def test_text_classification_applies_the_function_asked_for(served, pipeline, function):
    expected = pipeline("text-classification", SEQUENCE)(SENTENCES[1], top_k=2, function_to_apply=function)

    answer = served(SEQUENCE).ask(
        {"inputs": SENTENCES[1], "parameters": {"top_k": 2, "function_to_apply": function}}
    )

    assert same(answer, [expected])


def test_text_classification_takes_pairs_and_batches(served, pipeline):
    pair = {"text": SENTENCES[0], "text_pair": SENTENCES[1]}
    pipe = pipeline("text-classification", SEQUENCE)
    expected = [pipe(pair, top_k=None), pipe(SENTENCES[2], top_k=None)]

    answer = served(SEQUENCE).ask({"inputs": [pair, SENTENCES[2]]})

    assert same(answer, expected)


@pytest.mark.parametrize("strategy", ["none", "simple", "first", "average", "max"])
def test_token_classification_joins_tokens_by_every_strategy(served, pipeline, strategy):
    pipe = pipeline("token-classification", TOKEN)
    expected = [pipe(text, aggregation_strategy=strategy) for text in SENTENCES[:8]]

    answer = served(TOKEN).ask(
        {"inputs": list(SENTENCES[:8]), "parameters": {"aggregation_strategy": strategy}}
    )

    assert same(answer, expected)


def test_token_classification_joins_simply_by_default(served, pipeline):
    expected = pipeline("token-classification", TOKEN)(SENTENCES[6], aggregation_strategy="simple")

    assert same(served(TOKEN).ask(SENTENCES[6]), expected)


def test_token_classification_reads_a_long_text_in_windows(served, pipeline):
    pipe = transformers.pipeline(
        "token-classification", pipeline("token-classification", TOKEN).model.name_or_path,
        aggregation_strategy="simple", stride=16,
    )  # fmt: skip

    answer = served(TOKEN).ask({"inputs": CONTEXT, "parameters": {"stride": 16}})

    assert same(answer, pipe(CONTEXT))


def test_token_classification_leaves_out_ignored_labels(served, pipeline):
    ignored = ["PER", "LOC"]
    expected = pipeline("token-classification", TOKEN)(
        SENTENCES[6], aggregation_strategy="simple", ignore_labels=ignored
    )

    answer = served(TOKEN).ask({"inputs": SENTENCES[6], "parameters": {"ignore_labels": ignored}})

    assert same(answer, expected)


def test_fill_mask_gives_the_likeliest_tokens(served, pipeline):
    text = "The [MASK] has been on the stove."
    expected = pipeline("fill-mask", MASKED)(text)

    assert same(served(MASKED).ask({"inputs": text}), expected)


def test_fill_mask_chooses_among_targets(served, pipeline):
    text, targets = "The [MASK] has been on the stove.", ["kettle", "moon", "river"]
    expected = pipeline("fill-mask", MASKED)(text, targets=targets, top_k=2)

    answer = served(MASKED).ask({"inputs": text, "parameters": {"targets": targets, "top_k": 2}})

    assert same(answer, expected)


def test_fill_mask_answers_a_list_for_each_of_several_masks(served, pipeline):
    text = "The [MASK] is on the [MASK]."
    expected = pipeline("fill-mask", MASKED)(text, top_k=3)

    assert same(served(MASKED).ask({"inputs": text, "parameters": {"top_k": 3}}), expected)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"top_k": 3},
        {"max_answer_len": 4},
        {"align_to_words": False},
        {"handle_impossible_answer": True},
        {"max_seq_len": 64, "doc_stride": 16},
    ],
)
@pytest.mark.parametrize("context", [SENTENCES[6], CONTEXT], ids=["short", "long"])
def test_question_answering_finds_the_same_span(served, pipeline, parameters, context):
    question = "Where did she study?"
    expected = pipeline("question-answering", QUESTION)(question=question, context=context, **parameters)

    answer = served(QUESTION).ask(
        {"inputs": {"question": question, "context": context}, "parameters": parameters}
    )

    assert same(answer, expected)


def test_question_answering_answers_a_list_with_a_list(served):
    asked = {"question": "Where?", "context": SENTENCES[6]}

    answer = served(QUESTION).ask({"inputs": [asked, asked]})

    assert answer == [answer[0], answer[0]]


def test_question_answering_reads_the_question_at_the_root(served):
    asked = {"question": "Where?", "context": SENTENCES[6]}

    assert served(QUESTION).ask({"inputs": None, **asked}) == served(QUESTION).ask({"inputs": asked})


@pytest.mark.parametrize("multi_label", [False, True])
def test_zero_shot_answers_in_the_classic_shape(served, pipeline, multi_label):
    labels = ["travel", "cooking", "money"]
    expected = pipeline("zero-shot-classification", SEQUENCE, labels=ENTAILMENT)(
        SENTENCES[1], candidate_labels=labels, multi_label=multi_label
    )

    answer = served(SEQUENCE, "zero-shot-classification", labels=ENTAILMENT).ask(
        {"inputs": SENTENCES[1], "parameters": {"candidate_labels": labels, "multi_label": multi_label}}
    )

    assert same(answer, expected)


def test_zero_shot_answers_the_javascript_client_without_the_list_around_a_lone_text(served):
    zero_shot = served(SEQUENCE, "zero-shot-classification", labels=ENTAILMENT)
    parameters = {"candidate_labels": ["good", "bad"]}

    lone = zero_shot.ask(
        {"inputs": ["a day"], "parameters": parameters}, client=Client("@huggingface/inference", (4, 13, 30))
    )

    assert lone == zero_shot.ask({"inputs": "a day", "parameters": parameters})


def test_zero_shot_answers_a_list_to_a_client_that_reads_only_that(served):
    body = {"inputs": SENTENCES[1], "parameters": {"candidate_labels": "travel, money"}}
    zero_shot = served(SEQUENCE, "zero-shot-classification", labels=ENTAILMENT)

    listed = zero_shot.ask(body, client=Client("huggingface_hub", (1, 1, 5)))

    classic = zero_shot.ask(body)
    assert [one["label"] for one in listed] == classic["labels"]


def test_a_plain_encoder_answers_a_vector_for_every_token(served, pipeline):
    expected = pipeline("feature-extraction", "BertModel")(SENTENCES[0])[0]

    answer = served("BertModel").ask({"inputs": SENTENCES[0]})

    assert np.allclose(answer, expected, atol=1e-3)


def test_a_client_of_the_classic_service_reads_vectors_of_tokens_in_a_batch(served):
    encoder = served("BertModel")
    body = {"inputs": SENTENCES[0]}

    classic = encoder.ask(body, client=Client("huggingface_hub", (0, 27, 1)))

    assert classic == [encoder.ask(body, client=Client("huggingface_hub", (0, 36, 2)))]


def test_a_list_of_texts_answers_a_list_of_their_vectors(served):
    encoder = served("BertModel")

    answer = encoder.ask({"inputs": [SENTENCES[0], SENTENCES[1]]})

    assert same(answer, [encoder.ask(SENTENCES[0]), encoder.ask(SENTENCES[1])])
