"""Sequences join and leave the batch at every step; what happens to one never touches another."""

import numpy as np
import pytest

from tenfold_runtime.generation.batch import Batch
from tenfold_runtime.generation.cache import Cache, Shape
from tenfold_runtime.generation.decoder import Logits
from tenfold_runtime.generation.sequence import Generation, Wish

VOCABULARY = 1000


class Sums:
    """A decoder whose next token is the sum of all tokens of its row, read back from the cache."""

    def __init__(self, rows=4, most_tokens=512, *, leaves_padding_out=False):
        self.cache = Cache(Shape(arrays=1, heads=1, size=1), rows, most_tokens)
        self.leaves_padding_out = leaves_padding_out
        self.fails_on = None

    def run(self, first, ids, counts, lengths, wanted):
        if self.fails_on is not None and self.fails_on in ids:
            raise RuntimeError("broken")
        memory, logits = self.cache.arrays[0], np.zeros((*ids.shape, VOCABULARY), np.float32)
        for row, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            memory[first + row, 0, length - count : length, 0] = ids[row, :count]
            sums = memory[first + row, 0, :length, 0].cumsum()[length - count :]
            logits[row, np.arange(count), sums.astype(int) % VOCABULARY] = 1.0
        values = logits.reshape(-1, VOCABULARY)[wanted]
        return Logits(values, np.zeros(len(values), np.float32))


class Silent:
    """Tokens without a text."""

    special = frozenset()

    def decode(self, ids):
        return ""


def generation(*prompt, most=100):
    return Generation(Wish(list(prompt), most), Silent())


def sums(prompt, count):
    """What Sums generates after a prompt."""
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(sum(tokens) % VOCABULARY)
    return tokens[len(prompt) :]


def turn(batch, joining=(), leaving=()):
    """Take a turn and deliver it, as the scheduler does."""
    done = batch.turn(joining, leaving)
    for one, chosen in done.chosen:
        one.take(chosen)
    return done


def grown(batch, *generations):
    return all(
        one.produced == sums(one.wish.prompt, len(one.produced)) and one.produced for one in generations
    )


@pytest.fixture
def batch():
    return Batch(Sums(), cache_bytes=10**9, chunk=8)


async def test_new_sequences_take_their_prompts_up_together(batch):
    a, b = generation(1, 2, 3), generation(4)

    turn(batch, [a, b])

    assert (a.produced, b.produced) == ([6], [4])


@pytest.mark.parametrize(("leaves_padding_out", "together"), [(True, 3), (False, 2)])
async def test_prompts_of_other_lengths_share_a_run_where_padding_is_left_out(leaves_padding_out, together):
    batch = Batch(Sums(leaves_padding_out=leaves_padding_out), cache_bytes=10**9, chunk=8)

    done = turn(batch, [generation(1), generation(2, 3), generation(4, 5, 6, 7, 8)])

    assert len(done.chosen) == together


async def test_a_long_prompt_is_taken_up_in_parts_while_others_go_on(batch):
    short, long = generation(1), generation(*range(20))
    turn(batch, [short])

    for _ in range(4):
        turn(batch, [long] if not long.taken_up else [])

    assert len(short.produced) == 2
    assert len(long.produced) == 1
    assert grown(batch, short, long)


@pytest.mark.parametrize("leaves", [0, 1, 2])
async def test_whoever_leaves_does_not_disturb_the_others(batch, leaves):
    some = [generation(1, 5), generation(2), generation(3, 3)]
    turn(batch, some)
    gone = some.pop(leaves)

    turn(batch, leaving=[gone])
    turn(batch)

    assert len(batch) == 2
    assert [len(one.produced) for one in some] == [3, 3]
    assert grown(batch, *some)


async def test_a_running_one_leaves_while_a_long_prompt_is_taken_up(batch):
    first, second, long = generation(1), generation(2), generation(*range(30))
    turn(batch, [first, second])
    turn(batch, [long])

    turn(batch, leaving=[first])
    for _ in range(5):
        turn(batch)

    assert grown(batch, second, long)


async def test_a_half_taken_prompt_leaves(batch):
    running, long, after = generation(1), generation(*range(30)), generation(7, 7)
    turn(batch, [running, long])
    turn(batch, [after])

    turn(batch, leaving=[long])
    turn(batch)

    assert len(batch) == 2
    assert grown(batch, running, after)


async def test_the_cache_grows_for_a_longer_sequence_and_keeps_what_it_holds(batch):
    small, large = generation(1, 2), generation(3, most=400)
    turn(batch, [small])

    turn(batch, [large])
    turn(batch)

    assert batch._decoder.cache.capacity == 512
    assert grown(batch, small, large)


async def test_an_empty_batch_gives_its_memory_back(batch):
    large = generation(3, most=400)
    turn(batch, [large])

    turn(batch, leaving=[large])

    assert batch._decoder.cache.capacity == 256


async def test_a_failing_prompt_fails_alone(batch):
    good, bad = generation(1), generation(13, 13)
    turn(batch, [good])
    batch._decoder.fails_on = 13

    done = turn(batch, [bad])
    turn(batch)

    assert [one for one, _ in done.failed] == [bad]
    assert len(batch) == 1
    assert grown(batch, good)


async def test_a_failing_step_fails_those_that_took_it_and_none_that_come_later(batch):
    some = [generation(13), generation(2)]
    turn(batch, some)
    batch._decoder.fails_on = 13

    done = turn(batch)
    later = generation(3)
    turn(batch, [later])

    assert [one for one, _ in done.failed] == some
    assert grown(batch, later)


async def test_the_cache_grows_for_more_sequences_and_keeps_what_it_holds():
    batch, some = Batch(Sums(rows=16), 10**9, chunk=8), [generation(n, n) for n in range(1, 10)]
    for one in some:
        turn(batch, [one])
    turn(batch)

    assert grown(batch, *some)


async def test_there_are_as_many_places_as_rows(batch):
    some = [generation(n) for n in range(4)]

    assert batch.fits(some)
    assert not batch.fits([*some, generation(5)])


async def test_one_sequence_always_gets_the_memory_and_a_second_only_where_there_is_some():
    batch = Batch(Sums(), cache_bytes=256 * 4)

    assert batch.fits([generation(1, most=400)])
    assert not batch.fits([generation(1), generation(2)])


async def test_a_prompt_that_begins_like_one_before_it_is_taken_up_from_there():
    batch = Batch(Sums(), cache_bytes=10**9, chunk=128)
    first, second = generation(*range(80)), generation(*range(80), 5)
    turn(batch, [first])

    batch._decoder.fails_on = 30
    turn(batch, [second])

    assert second.reused == 80
    assert grown(batch, first, second)


async def test_a_conversation_goes_on_from_where_it_was():
    batch = Batch(Sums(), cache_bytes=10**9, chunk=128)
    first = generation(*range(70))
    for _ in range(3):
        turn(batch, [] if first.produced else [first])
    turn(batch, leaving=[first])

    second = generation(*range(70), *first.produced, 9)
    turn(batch, [second])

    assert second.reused == 72
    assert grown(batch, second)


async def test_a_prompt_whose_own_tokens_are_to_be_told_is_taken_up_whole():
    batch = Batch(Sums(), cache_bytes=10**9, chunk=128)
    turn(batch, [generation(*range(80))])
    told = Generation(Wish(list(range(80)), 5, prompt_logprobs=True), Silent())

    turn(batch, [told])

    assert (told.reused, len(told.prompt_logprobs)) == (0, 79)
