"""Of the forms that were tried, the truest serves; those that run slower are tried where it must be."""

from pathlib import Path
from typing import Any

import pytest

from tenfold_api.optimizing import Candidate
from tenfold_runtime.conversion import candidates
from tenfold_runtime.conversion.candidates import STRENGTHS, truest


def tried(drift: float, **more: Any) -> Candidate:
    return Candidate(form="int8", drift=drift, speedup=1.8, bytes=1, accepted=drift <= 0.02, **more)


class Check:
    """Makes forms that drift as they are told to: bounded weights by one number, others by another."""

    def __init__(self, bounded: float, other: float) -> None:
        self.drifts = {True: bounded, False: other}

    def made(self, strength: float, bounded: bool, say: Any) -> candidates.Made:
        return tried(self.drifts[bounded], smoothing=strength, bounded=bounded), Path()


def made(monkeypatch: pytest.MonkeyPatch, check: Check, *, saturates: bool = True) -> list[bool]:
    """Say of each form that was made whether its weights were bounded."""
    monkeypatch.setattr(candidates, "saturates", lambda: saturates)
    return [candidate.bounded for candidate, _ in candidates._made(check, lambda _: None)]


def test_of_forms_that_run_alike_the_one_that_drifts_least_serves():
    near, far = tried(0.004), tried(0.012)

    assert truest([far, near]) is near


def test_the_exact_weights_serve_where_nothing_is_near_enough():
    assert truest([tried(0.03), tried(0.05)]) is None


def test_bounded_weights_alone_are_tried_where_they_are_near_enough(monkeypatch):
    assert made(monkeypatch, Check(bounded=0.012, other=0.004)) == [True] * len(STRENGTHS)


def test_unsigned_weights_are_tried_where_bounded_ones_drift_too_far(monkeypatch):
    forms = made(monkeypatch, Check(bounded=0.03, other=0.004))

    assert forms == [True] * len(STRENGTHS) + [False] * len(STRENGTHS)


def test_a_processor_that_saturates_nowhere_needs_no_bounds(monkeypatch):
    forms = made(monkeypatch, Check(bounded=0.012, other=0.004), saturates=False)

    assert forms == [False] * len(STRENGTHS)
