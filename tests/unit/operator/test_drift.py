import pytest

from tenfold_operator.rollout.drift import drift


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (None, None, 0.0),
        (True, True, 0.0),
        (True, False, 1.0),
        ("yes", "yes", 0.0),
        ("abcd", "abcx", 0.25),
        ("abc", "xyz", 1.0),
        (0.5, 0.75, 0.25),
        (200.0, 100.0, 0.5),
        ([], [], 0.0),
        ([1.0, 2.0], [2.0, 4.0], 0.0),
        ([1.0, 0.0], [0.0, 1.0], 1.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([1.0, 2.0], [1.0], 1.0),
        ([[1.0, 0.0]], [[1.0, 0.0]], 0.0),
        ({"a": 1}, {"b": 1}, 1.0),
        ([{"generated_text": "ab"}], [{"generated_text": "ab"}], 0.0),
        ({"a": 0.1, "b": 0.9}, {"a": 0.1, "b": 0.4}, 0.5),
        ([1, "a"], "a", 1.0),
    ],
)
def test_the_largest_difference_of_any_part_counts(old, new, expected):
    assert drift(old, new) == pytest.approx(expected)


def scores(**values):
    return [{"label": label, "score": score} for label, score in values.items()]


def test_scores_are_compared_by_their_labels_whatever_their_order():
    assert drift(scores(good=0.9, bad=0.1), scores(bad=0.3, good=0.7)) == pytest.approx(0.2)


def test_a_label_that_is_not_listed_has_no_score():
    assert drift(scores(good=0.9), scores(bad=0.4)) == pytest.approx(0.9)
