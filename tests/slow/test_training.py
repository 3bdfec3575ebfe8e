"""The real training of the sentiment example; takes a quarter of a minute."""

import importlib.util
import json
from pathlib import Path

import pytest
import torch
import transformers

EXAMPLES = Path(__file__).parents[2] / "examples"


def module(path):
    spec = importlib.util.spec_from_file_location(f"examples_{path.stem}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def sentiment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "sentiment"
    module(EXAMPLES / "prepare.py").train(folder)
    return folder


@pytest.mark.timeout(300)
def test_it_has_the_files_of_a_model_on_the_hub(sentiment):
    names = {path.name for path in sentiment.iterdir()}

    assert {"README.md", "config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not {name for name in names if name.endswith((".bin", ".pt", ".pkl"))}


@pytest.mark.timeout(300)
def test_its_labels_have_names(sentiment):
    config = json.loads((sentiment / "config.json").read_text())

    assert config["id2label"] == {"0": "NEGATIVE", "1": "POSITIVE"}
    assert config["label2id"] == {"NEGATIVE": 0, "POSITIVE": 1}


@pytest.mark.timeout(300)
def test_its_tokenizer_neither_pads_nor_cuts_by_itself(sentiment):
    tokenizer = json.loads((sentiment / "tokenizer.json").read_text())

    assert (tokenizer["padding"], tokenizer["truncation"]) == (None, None)


@pytest.mark.timeout(300)
def test_it_is_right_about_most_held_out_sentences_and_its_card_says_so(sentiment):
    lines = (EXAMPLES / "sentiment" / "held_out.tsv").read_text(encoding="utf-8").splitlines()[1:]
    labels, sentences = zip(*(line.split("\t") for line in lines), strict=True)

    share = sum(map(str.__eq__, labels, answers(sentiment, sentences))) / len(labels)

    assert share >= 0.85
    assert f"{share:.3f}" in (sentiment / "README.md").read_text()


def answers(folder, sentences):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.inference_mode():
        logits = network(**tokenizer(list(sentences), padding=True, return_tensors="pt")).logits
    return [network.config.id2label[int(index)] for index in logits.argmax(dim=-1)]
