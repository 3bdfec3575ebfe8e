"""Tokens become text piece by piece, and stop strings end it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tenfold_runtime.conversion.calibration import SENTENCES
from tenfold_runtime.generation.held import Held
from tenfold_runtime.generation.requests import TextGenerationParameters
from tenfold_runtime.generation.sampling import Chosen
from tenfold_runtime.generation.sequence import Finish, Generation, Piece, Wish, whole
from tenfold_runtime.generation.tokens import Spelling, Tokens


def trained(folder, tokenizer, **options):
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<s>", "</s>"], show_progress=False, **options
    )
    tokenizer.train_from_iterator(SENTENCES, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return Tokens(folder / "tokenizer.json")


@pytest.fixture(scope="module")
def by_bytes(tmp_path_factory):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    return trained(tmp_path_factory.mktemp("bytes"), tokenizer, initial_alphabet=alphabet)


@pytest.fixture(scope="module")
def by_words(tmp_path_factory):
    """Pieces that begin with a mark for the space before them, which decoding drops at the start."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return trained(tmp_path_factory.mktemp("words"), tokenizer)


@given(st.text(min_size=1, max_size=30))
def test_the_pieces_of_any_text_make_the_text(by_bytes, text):
    spelling, ids = Spelling(by_bytes, []), by_bytes.encode(text)

    pieces = [spelling.add(token) for token in ids]

    assert "".join(pieces) + spelling.rest() == text


def test_a_character_comes_with_the_token_that_completes_it(by_bytes):
    spelling = Spelling(by_bytes, [])

    pieces = [spelling.add(token) for token in by_bytes.encode("a\u20ac")]

    assert pieces == ["a", "", "", "\u20ac"]


def test_the_space_before_the_first_new_word_is_kept(by_words):
    ids = by_words.encode("The river is high")
    prompt = ids[: len(by_words.encode("The river"))]
    spelling = Spelling(by_words, prompt)

    pieces = [spelling.add(token) for token in ids[len(prompt) :]]

    assert "".join(pieces) == " is high"


def generated(tokens, text, **wish):
    """Generate exactly this text; give its pieces and whether it ended."""
    ids = tokens.encode(text)
    generation = Generation(Wish([0], len(ids), **wish), tokens)
    pieces = [generation.take(Chosen(token, -1.0)) for token in ids]
    for piece in pieces:
        generation.give(piece)
    return generation, [piece.finish is not None for piece in pieces]


async def test_a_stop_string_that_spans_tokens_ends_the_text_right_behind_it(by_bytes):
    generation, _ = generated(by_bytes, "The river is higher", stop=("r is", "never"))

    text = await whole(generation)

    assert (text.text, text.finish) == ("The river is", Finish.STOP)
    assert text.text_without_stop == "The rive"


async def test_the_first_of_several_stop_strings_counts(by_bytes):
    generation, _ = generated(by_bytes, "abcdef", stop=("de", "bc"))

    assert (await whole(generation)).text == "abc"


async def test_an_end_token_ends_the_text_and_is_no_part_of_it(by_bytes):
    end = by_bytes.encode("</s>")[0]
    generation, ended = generated(by_bytes, "No.</s>", ends=frozenset({end}))

    text = await whole(generation)

    assert ended[-1]
    assert (text.text, text.finish) == ("No.", Finish.END)


async def test_time_that_is_over_ends_the_text(by_bytes):
    generation = Generation(Wish([0], 10), by_bytes)

    generation.give(generation.take(Chosen(by_bytes.encode("a")[0], -1.0), out_of_time=True))

    assert (await whole(generation)).finish is Finish.LENGTH


def piece(text, **more):
    return Piece(Chosen(0, 0.0), text, **more)


def test_text_that_may_begin_a_stop_string_is_held_back():
    held = Held(["END"])

    shown = [held.released(piece(text)) for text in ("one E", "N", "two E", "N")]
    shown.append(held.released(piece("", finish=Finish.LENGTH)))

    assert shown == ["one ", "", "ENtwo ", "", "EN"]


def test_a_stop_string_is_never_shown():
    held = Held(["END"])

    shown = [held.released(piece("a E")), held.released(piece("ND", finish=Finish.STOP, stopped_by="END"))]

    assert shown == ["a ", ""]


@pytest.mark.parametrize(
    ("parameters", "repeatable"),
    [
        ({}, True),
        ({"do_sample": True}, False),
        ({"temperature": 0.7}, False),
        ({"temperature": 0.7, "seed": 1}, True),
        ({"max_time": 1}, False),
    ],
)
def test_sampled_text_is_not_repeatable_without_a_seed(parameters, repeatable):
    assert TextGenerationParameters.model_validate(parameters).repeatable is repeatable
