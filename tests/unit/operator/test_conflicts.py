import dataclasses

import pytest

from tenfold_operator import conflicts
from tenfold_operator.model import Key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("z", "z", "2026-01-01T00:00:00Z"), ("a", "a", "2026-01-01T00:00:01Z")),
        (("a", "z", "2026-01-01T00:00:00Z"), ("b", "a", "2026-01-01T00:00:00Z")),
        (("a", "a", "2026-01-01T00:00:00Z"), ("a", "b", "2026-01-01T00:00:00Z")),
    ],
    ids=["older", "namespace", "name"],
)
def test_one_is_served_before_the_other(make, one, other):
    first, second = (
        dataclasses.replace(make.model(), key=Key(namespace, name), created=created)
        for namespace, name, created in (one, other)
    )
    assert conflicts.served([second, first]) == first == conflicts.served([first, second])


def test_letters_of_another_case_are_the_same_id():
    assert conflicts.same_id("Org/GPT2") == conflicts.same_id("org/gpt2")
