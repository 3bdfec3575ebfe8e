"""What is known of a prompt's beginning is not computed again."""

import numpy as np
import pytest

from tenfold_runtime.generation.cache import Cache, Shape
from tenfold_runtime.generation.prefixes import Prefixes, common

TEXT = list(range(100))


@pytest.fixture
def cache():
    return Cache(Shape(arrays=2, heads=1, size=1), rows=2, most_tokens=256)


def filled(cache, row, tokens):
    for array in cache.arrays:
        array[row, 0, : len(tokens), 0] = tokens


def held(cache, row, count):
    return [array[row, 0, :count, 0].tolist() for array in cache.arrays]


@pytest.fixture
def prefixes(cache):
    known = Prefixes(cache, most_bytes=2 * 100 * cache.shape.token_bytes)
    filled(cache, 0, TEXT)
    known.keep(TEXT, 0)
    return known


def test_a_prompt_that_goes_on_from_a_known_text_gets_all_of_it(cache, prefixes):
    assert prefixes.restore([*TEXT, 7, 8], 1) == 100
    assert held(cache, 1, 100) == [TEXT, TEXT]


def test_a_prompt_that_begins_alike_gets_what_is_common(cache, prefixes):
    assert prefixes.restore([*TEXT[:70], 5, 5, 5], 1) == 70
    assert held(cache, 1, 70) == [TEXT[:70], TEXT[:70]]


def test_the_last_token_is_left_to_be_computed(prefixes):
    assert prefixes.restore(TEXT, 1) == 99


@pytest.mark.parametrize("prompt", [TEXT[:63], [5, *TEXT], [*TEXT[:63], 5, 5]])
def test_little_in_common_is_not_worth_a_copy(cache, prefixes, prompt):
    assert prefixes.restore(prompt, 1) == 0
    assert not np.any(cache.arrays[0][1])


def test_a_longer_text_takes_the_place_of_what_it_begins_with(cache, prefixes):
    longer = [*TEXT, *range(50)]
    filled(cache, 0, longer)
    prefixes.keep(longer, 0)

    assert prefixes.restore([*longer, 1], 1) == 150


def test_what_was_of_use_last_goes_last(cache, prefixes):
    other, third = [1, *TEXT[1:]], [2, *TEXT[1:]]
    prefixes.keep(other, 0)
    prefixes.restore([*TEXT, 1], 1)

    prefixes.keep(third, 0)

    assert prefixes.restore([*TEXT, 1], 1) == 100
    assert prefixes.restore([*other, 1], 1) == 0


def test_a_text_larger_than_all_the_room_is_not_kept(cache, prefixes):
    large = [3] * 201
    prefixes.keep(large, 0)

    assert prefixes.restore(large, 1) == 0
    assert prefixes.restore([*TEXT, 1], 1) == 100


def test_common_is_counted_from_the_beginning():
    assert [common([1, 2, 3], other) for other in ([], [1], [1, 5, 3], [1, 2, 3, 4])] == [0, 1, 1, 3]
