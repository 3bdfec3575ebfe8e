"""Of the forms that were tried, the truest serves; those that run slower are tried where it must be."""

from pathlib import Path
from typing import Any

import pytest

from tenfold_api.optimizing import Candidate, Products
from tenfold_api.spec import Quantization
from tenfold_runtime.conversion import candidates, quantize, seq2seq_candidates
from tenfold_runtime.conversion.candidates import STRENGTHS, truest


def tried(drift: float, **more: Any) -> Candidate:
    return Candidate(form="int8", drift=drift, speedup=1.8, bytes=1, accepted=drift <= 0.02, **more)


class Check:
    """Makes forms that drift as they are told to, by the kind of their products."""

    def __init__(self, **drifts: float) -> None:
        self.drifts = {Products[kind.upper()]: drift for kind, drift in drifts.items()}

    def made(self, strength: float, products: Products, say: Any) -> candidates.Made:
        return tried(self.drifts[products], smoothing=strength, products=products), Path()


@pytest.fixture
def processor(monkeypatch):
    """Set what the processor does: whether products saturate, and whether it has operators of ours."""

    def like(*, saturates: bool, operators: bool) -> None:
        monkeypatch.setattr(quantize, "saturates", lambda: saturates)
        monkeypatch.setattr(quantize.operators, "available", lambda: operators)

    return like


def made(check: Check) -> list[Products]:
    """Say of each kind that was made, once for all strengths, in their order."""
    kinds = [candidate.products for candidate, _ in candidates._made(check, lambda _: None)]
    assert len(kinds) % len(STRENGTHS) == 0
    return kinds[:: len(STRENGTHS)]


def test_of_forms_that_run_alike_the_one_that_drifts_least_serves():
    near, far = tried(0.004), tried(0.012)

    assert truest([far, near]) is near


def test_the_exact_weights_serve_where_nothing_is_near_enough():
    assert truest([tried(0.03), tried(0.05)]) is None


def test_a_scale_for_each_token_alone_is_tried_where_it_is_near_enough(processor):
    processor(saturates=True, operators=True)

    assert made(Check(per_token=0.012, bounded=0.004)) == [Products.PER_TOKEN]


def test_bounded_weights_alone_are_tried_where_there_are_no_operators_of_ours(processor):
    processor(saturates=True, operators=False)

    assert made(Check(bounded=0.012, plain=0.004)) == [Products.BOUNDED]


def test_slower_products_are_tried_where_faster_ones_drift_too_far(processor):
    processor(saturates=True, operators=True)

    forms = made(Check(per_token=0.03, bounded=0.03, plain=0.004))

    assert forms == [Products.PER_TOKEN, Products.BOUNDED, Products.PLAIN]


def test_a_processor_that_saturates_nowhere_bounds_no_weights(processor):
    processor(saturates=False, operators=True)

    assert made(Check(per_token=0.03, plain=0.012)) == [Products.PER_TOKEN, Products.PLAIN]


def test_encoders_with_decoders_try_products_of_our_own_first(processor):
    processor(saturates=True, operators=True)

    tried = [(form.products, form.block) for form in seq2seq_candidates.forms(Quantization.AUTO)]
    assert tried == [(Products.PER_TOKEN, None), (Products.PLAIN, None), (Products.PLAIN, 32)]


def test_encoders_with_decoders_try_no_kind_twice(processor):
    processor(saturates=False, operators=False)

    tried = [(form.products, form.block) for form in seq2seq_candidates.forms(Quantization.INT8)]
    assert tried == [(Products.PLAIN, None), (Products.PLAIN, 32)]
