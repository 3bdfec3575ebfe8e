"""The load history: bounded, the same after a round trip, and never in the way of a start."""

import logging

from tenfold_api.progress import LoadPhase
from tenfold_gateway import history
from tenfold_gateway.history import Load, LoadHistory


def load(seconds: float = 1.0, *, cached: bool = False) -> Load:
    return Load(cached=cached, seconds={LoadPhase.START: seconds}, weight_bytes=10)


def test_adding_a_load_leaves_the_history_as_it_was():
    before = LoadHistory()
    before.with_load("m", load())
    assert before.of("m") == ()


def test_the_newest_load_of_each_kind_is_kept_in_the_order_of_loading():
    known = LoadHistory()
    for each in (load(1.0), load(2.0, cached=True), load(3.0)):
        known = known.with_load("m", each)
    assert known.of("m") == (load(2.0, cached=True), load(3.0))


def test_models_that_loaded_longest_ago_are_forgotten(monkeypatch):
    monkeypatch.setattr(history, "MOST_MODELS", 2)
    known = LoadHistory()
    for name in ("a", "b", "a", "c"):
        known = known.with_load(name, load())
    assert list(known.loads) == ["a", "c"]


def test_a_round_trip_through_json_changes_nothing():
    known = LoadHistory().with_load("a/b", load()).with_load("c", load(cached=True))
    assert LoadHistory.from_json(known.to_json()) == known


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "loads.json"
    for name in "ab":
        history.write(path, LoadHistory().with_load(name, load()))
    assert list(history.read(path).loads) == ["b"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_an_empty_history(tmp_path):
    assert history.read(tmp_path / "loads.json") == LoadHistory()


def test_a_damaged_file_is_an_empty_history_and_is_mentioned(tmp_path, caplog):
    path = tmp_path / "loads.json"
    path.write_text('{"m": [{"cached": ')
    with caplog.at_level(logging.WARNING):
        assert history.read(path) == LoadHistory()
    assert "empty load history" in caplog.text
