"""Texts over HTTP, with the client that people use."""

import pytest
from huggingface_hub import InferenceClient

import tiny_seq2seq
import tiny_tables
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service

TEXT = "The tower is 324 metres tall."
TABLE = {"name": ["anna", "bert"], "age": ["31", "52"]}
MODELS = {
    "bart": (tiny_seq2seq.bart, "summarization"),
    "t5": (tiny_seq2seq.t5, "text2text-generation"),
    "m2m100": (tiny_seq2seq.m2m100, "translation"),
    "tapas": (tiny_tables.tapas, "table-question-answering"),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def url(root):
    """Give the URL of a live model by its name."""
    begun = {}

    def by(name):
        if name not in begun:
            made, task = MODELS[name]
            service = Service(settings(made(root / name), root / "cache", task=task), BuildHere())
            running = live(service)
            begun[name] = running, running.__enter__()
        return begun[name][1]

    yield by
    for running, _ in begun.values():
        running.__exit__(None, None, None)


def test_inference_client_reads_a_summary(url):
    client = InferenceClient(model=url("bart"))

    assert client.summarization(TEXT, generate_parameters={"max_new_tokens": 4}).summary_text


def test_inference_client_reads_a_translation(url):
    client = InferenceClient(model=url("m2m100"))

    assert isinstance(client.translation(TEXT, src_lang="en", tgt_lang="fr").translation_text, str)


def test_inference_client_reads_an_answer_from_a_table(url):
    found = InferenceClient().table_question_answering(TABLE, "How old is anna?", model=url("tapas"))

    assert isinstance(found.answer, str)


def test_inference_client_leaves_out_arguments_that_the_model_cannot_use(url):
    client = InferenceClient(model=url("t5"))

    with pytest.warns(UserWarning, match="watermark"):
        assert isinstance(client.text_generation(TEXT, max_new_tokens=4, watermark=True), str)
