import re

from hypothesis import given
from hypothesis import strategies as st

from tenfold_operator import names

MODEL_NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?", fullmatch=True)


@given(MODEL_NAMES)
def test_a_child_may_be_any_kind_of_object(name):
    assert re.fullmatch(r"[a-z]([a-z0-9-]*[a-z0-9])?", names.child(name))
    assert len(names.child(name)) <= 52


@given(MODEL_NAMES)
def test_a_label_is_a_valid_label(name):
    assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", names.label(name))
    assert len(names.label(name)) <= 63


@given(MODEL_NAMES, MODEL_NAMES)
def test_two_models_never_share_a_name(one, other):
    assert (one == other) == (names.child(one) == names.child(other))
    assert (one == other) == (names.label(one) == names.label(other))
