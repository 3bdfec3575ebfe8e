"""Choosing tokens: every transform is that of transformers' logits processors."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation import logits_process as theirs

from tenfold_runtime.generation.decoder import Logits
from tenfold_runtime.generation.sampling import Row, Sampling, choose, drawn, penalize, probabilities, warped

VOCABULARY = 50


def scores(rows=3, seed=0):
    return np.random.default_rng(seed).normal(0, 3, (rows, VOCABULARY)).astype(np.float32)


def row(sampling, prompt=(1, 2, 3), produced=(), **more):
    random = np.random.default_rng(sampling.seed) if sampling.sampled else None
    return Row(sampling, random, prompt, produced, **more)


def logits(values):
    normalizers = np.log(np.exp(values).sum(axis=1))
    return Logits(values.copy(), normalizers.astype(np.float32))


WARPERS = {
    "temperature": ({"temperature": 0.7}, lambda: theirs.TemperatureLogitsWarper(0.7)),
    "top_k": ({"top_k": 5}, lambda: theirs.TopKLogitsWarper(5)),
    "top_k over all": ({"top_k": 500}, lambda: theirs.TopKLogitsWarper(500)),
    "top_p": ({"top_p": 0.8}, lambda: theirs.TopPLogitsWarper(0.8)),
    "a small top_p": ({"top_p": 0.01}, lambda: theirs.TopPLogitsWarper(0.01)),
    "typical_p": ({"typical_p": 0.6}, lambda: theirs.TypicalLogitsWarper(0.6)),
}


@pytest.mark.parametrize(("asked", "warper"), WARPERS.values(), ids=WARPERS.keys())
def test_a_warper_is_that_of_transformers(asked, warper):
    values = scores()
    expected = warper()(None, torch.tensor(values))

    given = [warped(one, Sampling(**asked)) for one in values]

    assert np.allclose(given, expected.numpy(), atol=1e-5)


def test_warpers_are_combined_in_transformers_order():
    values = scores()
    expected = torch.tensor(values)
    for warper in (
        theirs.TemperatureLogitsWarper(1.5), theirs.TopKLogitsWarper(20),
        theirs.TopPLogitsWarper(0.9), theirs.TypicalLogitsWarper(0.8),
    ):  # fmt: skip
        expected = warper(None, expected)

    asked = Sampling(temperature=1.5, top_k=20, top_p=0.9, typical_p=0.8)

    given = [warped(one, asked) for one in values]

    assert np.allclose(given, expected.numpy(), atol=1e-5)


def test_rows_that_ask_for_different_things_do_not_touch_each_other():
    asked = [Sampling(True, top_k=3), Sampling(repetition_penalty=9.0), Sampling(True, top_p=0.5, top_k=9)]
    values = scores()

    together = choose(logits(values), [row(one) for one in asked])

    alone = [choose(logits(values[[index]]), [row(one)])[0] for index, one in enumerate(asked)]
    assert together == alone


@pytest.mark.parametrize("penalty", [0.5, 1.3])
def test_the_repetition_penalty_is_that_of_transformers(penalty):
    values, said = scores(rows=1), [4, 4, 7, 9]
    processor = theirs.RepetitionPenaltyLogitsProcessor(penalty)
    expected = processor(torch.tensor([said]), torch.tensor(values))

    penalize(values[0], row(Sampling(repetition_penalty=penalty), said[:2], said[2:]))

    assert np.allclose(values, expected.numpy(), atol=1e-6)


def test_frequency_and_presence_are_taken_off_what_was_generated():
    values = np.zeros((1, VOCABULARY), np.float32)

    penalize(values[0], row(Sampling(frequency_penalty=0.5, presence_penalty=0.25), [1], [2, 2, 3]))

    assert values[0, [1, 2, 3]].tolist() == [0.0, -1.25, -0.75]


def test_a_bias_is_added_to_the_tokens_it_names():
    values = np.zeros((1, VOCABULARY), np.float32)

    penalize(values[0], row(Sampling(bias={3: 2.5, VOCABULARY + 7: 1.0})))

    assert np.flatnonzero(values[0]).tolist() == [3]
    assert values[0, 3] == 2.5


class Even:
    """A guide that lets even tokens through."""

    def __init__(self):
        self.taken = []

    def restrict(self, scores):
        scores[1::2] = -np.inf

    def take(self, token):
        self.taken.append(token)


@pytest.mark.parametrize("sampled", [False, True])
def test_a_guided_row_takes_what_its_guide_allows_and_leaves_the_others_alone(sampled):
    values, guide = scores(), Even()
    sampling = Sampling(sampled, top_p=0.5, repetition_penalty=1.2, seed=4)
    alone = choose(logits(values[1:]), [row(Sampling())] * 2)

    first, *others = choose(
        logits(values), [row(sampling, guide=guide, alternatives=40), row(Sampling()), row(Sampling())]
    )

    assert guide.taken == [first.id]
    assert {first.id % 2, *(token % 2 for token, _ in first.alternatives)} == {0}
    assert others == alone


def test_greedy_rows_take_the_likeliest_and_tell_its_probability():
    values = scores()

    chosen = choose(logits(values), [row(Sampling())] * 3)

    assert [one.id for one in chosen] == values.argmax(axis=1).tolist()
    assert [one.logprob for one in chosen] == pytest.approx(
        [float(np.log(probabilities(one).max())) for one in values], abs=1e-5
    )


def test_a_seed_makes_a_choice_repeatable_whatever_the_neighbours_are():
    sampling, values = Sampling(sampled=True, seed=5), scores()

    alone = choose(logits(values[:1]), [row(sampling)])
    beside = choose(logits(values), [row(sampling), row(Sampling()), row(Sampling(sampled=True, seed=1))])

    assert alone[0].id == beside[0].id


@pytest.mark.parametrize("top_k", [1, 3, 40])
def test_top_k_of_a_large_vocabulary_is_that_of_transformers(top_k):
    values = np.random.default_rng(1).normal(0, 3, 5001).astype(np.float32)
    expected = theirs.TopKLogitsWarper(top_k)(None, torch.tensor(values[None]))[0]

    assert np.array_equal(warped(values, Sampling(top_k=top_k)), expected.numpy())


def test_alternatives_are_the_likeliest_first():
    values = scores(rows=1)

    (chosen,) = choose(logits(values), [row(Sampling(), alternatives=4)])

    assert [token for token, _ in chosen.alternatives] == np.argsort(-values[0])[:4].tolist()


def test_draws_follow_the_probabilities():
    values = np.log(np.array([0.5, 0.3, 0.2], np.float32))

    tokens = [drawn(values, draw) for draw in np.linspace(0, 1, 1000, endpoint=False)]

    assert np.bincount(tokens).tolist() == pytest.approx([500, 300, 200], abs=2)


@given(st.integers(0, 1000), st.floats(0.05, 5), st.integers(0, 60), st.floats(0.01, 1), st.floats(0.01, 1))
def test_something_is_always_left_to_draw_from(seed, temperature, top_k, top_p, typical_p):
    sampling = Sampling(True, temperature, top_k, top_p, typical_p)

    chosen = choose(logits(scores(seed=seed)), [row(sampling)] * 3)

    assert all(np.isfinite(one.logprob) and one.logprob <= 1e-5 for one in chosen)


@pytest.mark.parametrize("asked", [{"temperature": 5e-324}, {"repetition_penalty": 5e-324}])
def test_a_divisor_near_zero_leaves_a_choice(asked):
    values = scores()

    chosen = choose(logits(values), [row(Sampling(sampled=True, **asked), produced=(5,)) for _ in values])

    assert all(np.isfinite(one.logprob) for one in chosen)
