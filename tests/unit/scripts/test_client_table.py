"""client_table.py: what the page of clients tells of that which did not work."""

import pytest

import scripts

client_table = scripts.load("client_table")
REFUSED = "ValueError: Task 'a' is not supported. Available tasks: ['b', 'c']\nmore"


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(client_table, "version", lambda name: name)
    report = [{"call": "a", "how": how, "problem": REFUSED} for how in ("sync", "async")]
    return client_table.failures({"hub 1": [*report, {"call": "b", "how": "sync", "problem": ""}]})


def test_a_method_that_did_not_work_is_told_in_a_line(told):
    assert told.splitlines()[-1] == "- hub 1, `a` (sync, async): ValueError: Task 'a' is not supported."


def test_where_all_worked_nothing_is_told():
    assert client_table.failures({"hub 1": [{"call": "b", "how": "sync", "problem": ""}]}) == ""


def test_a_problem_of_one_sentence_is_told_whole():
    assert client_table.short("TypeError: no such thing") == "TypeError: no such thing"
