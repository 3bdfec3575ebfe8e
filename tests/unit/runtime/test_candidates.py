"""Of the forms that were tried, the fastest serves whose answers are near enough."""

from typing import Any

from tenfold_api.optimizing import Candidate
from tenfold_runtime.conversion.candidates import fastest


def tried(drift: float, speedup: float, **more: Any) -> Candidate:
    accepted = {"accepted": drift <= 0.02, **more}
    return Candidate(form="int8", drift=drift, speedup=speedup, bytes=1, **accepted)


def test_of_forms_that_run_alike_the_one_that_drifts_least_serves():
    near, far = tried(0.004, 1.8), tried(0.012, 1.9)

    assert fastest([far, near]) is near


def test_a_form_of_fewer_bits_serves_where_it_is_faster_and_near_enough():
    eight, seven = tried(0.004, 1.8), tried(0.012, 2.1, bits=7)

    assert fastest([eight, seven]) is seven
    assert fastest([eight, tried(0.03, 2.1, bits=7)]) is eight
    assert fastest([eight, tried(0.012, 1.7, bits=7)]) is eight


def test_the_exact_weights_serve_where_nothing_is_near_enough():
    assert fastest([tried(0.03, 1.8), tried(0.05, 2.1, bits=7)]) is None
