"""The sentences that the sentiment example learns from and is measured on."""

import csv
from collections import Counter
from pathlib import Path

import pytest

SENTIMENT = Path(__file__).parents[3] / "examples" / "sentiment"
FILES = ("sentences.tsv", "held_out.tsv")


def rows(name):
    with (SENTIMENT / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def plain(sentence):
    return "".join(letter for letter in sentence.lower() if letter.isalnum())


@pytest.mark.parametrize("name", FILES)
def test_each_line_is_a_label_and_a_short_sentence(name):
    for row in rows(name):
        assert set(row) == {"label", "sentence"}
        assert 0 < len(row["sentence"]) <= 100
        assert row["sentence"] == row["sentence"].strip()


@pytest.mark.parametrize("name", FILES)
def test_praise_and_complaint_are_balanced(name):
    counts = Counter(row["label"] for row in rows(name))

    assert set(counts) == {"NEGATIVE", "POSITIVE"}
    assert counts["NEGATIVE"] == counts["POSITIVE"]


def test_there_are_enough_of_them():
    assert len(rows("sentences.tsv")) >= 240
    assert len(rows("held_out.tsv")) >= 60


def test_no_sentence_appears_twice_not_even_across_the_files():
    sentences = Counter(plain(row["sentence"]) for name in FILES for row in rows(name))

    assert [sentence for sentence, count in sentences.items() if count > 1] == []
