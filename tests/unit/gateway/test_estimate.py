"""The estimate is made of what was measured, and shrinks as the load goes on."""

import pytest

from tenfold_api.progress import LoadPhase, RuntimeStatus, State
from tenfold_gateway.estimate import PRIOR_BYTES, PRIORS, LoadBook, seconds_left
from tenfold_gateway.history import Load, LoadHistory

BUILT = {
    LoadPhase.START: 1.0,
    LoadPhase.DOWNLOAD: 10.0,
    LoadPhase.CONVERT: 20.0,
    LoadPhase.OPTIMIZE: 5.0,
    LoadPhase.LOAD: 2.0,
    LoadPhase.WARM_UP: 1.0,
}
FOUND = {LoadPhase.START: 1.0, LoadPhase.LOAD: 3.0, LoadPhase.WARM_UP: 2.0}


def status(phase: LoadPhase, seconds: float = 0.0, **facts) -> RuntimeStatus:
    return RuntimeStatus(state=State.LOADING, phase=phase, phase_seconds=seconds, **facts)


def history(*loads: Load, model_id: str = "m") -> LoadHistory:
    known = LoadHistory()
    for load in loads:
        known = known.with_load(model_id, load)
    return known


built = Load(cached=False, seconds=BUILT, weight_bytes=100)
found = Load(cached=True, seconds=FOUND, weight_bytes=100)


@pytest.mark.parametrize(
    ("now", "age", "expected"),
    [
        (None, 0.0, 39.0),
        (None, 0.5, 38.5),
        (status(LoadPhase.CONVERT, 0.0), 0.0, 28.0),
        (status(LoadPhase.CONVERT, 5.0), 0.0, 23.0),
        (status(LoadPhase.CONVERT, 5.0), 5.0, 18.0),
        (status(LoadPhase.WARM_UP, 0.5), 0.0, 0.5),
        (status(LoadPhase.LOAD, 0.0, finished={LoadPhase.WARM_UP: 1.0}), 0.0, 2.0),
    ],
)
def test_the_rest_of_the_present_step_and_the_later_ones_count(now, age, expected):
    assert seconds_left(history(built), "m", now, age) == pytest.approx(expected)


def test_a_step_in_overrun_is_believed_to_be_nearly_done():
    now = status(LoadPhase.CONVERT, 40.0)
    assert seconds_left(history(built), "m", now, 0.0) == pytest.approx(4.0 + 8.0)


def test_a_ready_artifact_spares_the_steps_that_make_it():
    now = status(LoadPhase.START, cached=True)
    assert seconds_left(LoadHistory(), "m", now, 0.0) == pytest.approx(
        PRIORS[LoadPhase.START] + PRIORS[LoadPhase.LOAD] + PRIORS[LoadPhase.WARM_UP]
    )


def test_loads_of_the_same_kind_count():
    known = history(built, found)
    assert seconds_left(known, "m", status(LoadPhase.START, cached=True), 0.0) == pytest.approx(6.0)
    assert seconds_left(known, "m", status(LoadPhase.START, cached=False), 0.0) == pytest.approx(39.0)


@pytest.mark.parametrize(("loads", "expected"), [((built, found), 6.0), ((found, built), 39.0)])
def test_as_long_as_it_is_unknown_the_load_is_taken_for_one_like_the_last(loads, expected):
    assert seconds_left(history(*loads), "m", None, 0.0) == pytest.approx(expected)


def test_a_first_load_from_an_artifact_takes_its_steps_from_the_load_that_built_it():
    now = status(LoadPhase.START, cached=True)
    assert seconds_left(history(built), "m", now, 0.0) == pytest.approx(1.0 + 2.0 + 1.0)


def test_an_unknown_model_is_reckoned_by_the_size_of_its_weights():
    known = history(built, model_id="other")
    now = status(LoadPhase.CONVERT, cached=False, weight_bytes=200)
    assert seconds_left(known, "m", now, 0.0) == pytest.approx(2 * (20.0 + 5.0 + 2.0 + 1.0))


@pytest.mark.parametrize(("weight_bytes", "times"), [(1001, 1), (PRIOR_BYTES, 1), (3 * PRIOR_BYTES, 3)])
def test_a_tiny_model_tells_nothing_of_a_large_one(weight_bytes, times):
    known = history(built, model_id="tiny")
    now = status(LoadPhase.LOAD, cached=True, weight_bytes=weight_bytes)
    expected = times * (PRIORS[LoadPhase.LOAD] + PRIORS[LoadPhase.WARM_UP])
    assert seconds_left(known, "m", now, 0.0) == pytest.approx(expected)


def test_an_unknown_model_of_unknown_size_is_reckoned_like_the_others():
    known = history(built, model_id="other")
    assert seconds_left(known, "m", None, 0.0) == pytest.approx(39.0)


def test_without_any_measurement_the_priors_count():
    assert seconds_left(LoadHistory(), "m", None, 0.0) == pytest.approx(sum(PRIORS.values()))


def test_the_book_learns_from_a_load_and_keeps_it_in_its_file(tmp_path):
    path = tmp_path / "state" / "loads.json"
    done = RuntimeStatus(state=State.READY, finished=FOUND, cached=True, weight_bytes=100)
    LoadBook(path).record("m", done)
    assert LoadBook(path).seconds_left("m", None, 0.0) == pytest.approx(6.0)
