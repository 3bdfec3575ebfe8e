"""What a runtime prints becomes lines of our log, cut and clean."""

import logging

import pytest

from tenfold_cli.local.output import LONGEST, Output


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.DEBUG, "tenfold_cli.local.output")
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def test_lines_arrive_whole_however_they_are_cut(lines):
    output = Output("m")
    for piece in (b"INFO on", b"e\nWARNING t", b"wo\n\n"):
        output.feed(piece)
    assert lines() == [("INFO", "m: one"), ("WARNING", "m: two")]


def test_a_traceback_is_an_error_to_its_last_line(lines):
    output = Output("m")
    output.feed(b"INFO a\nTraceback (most recent call last):\n  File x\nValueError: y\n")
    assert [level for level, _ in lines()] == ["INFO", "ERROR", "ERROR", "ERROR"]
    assert output.last_line == "ValueError: y"


def test_an_endless_line_is_cut():
    output = Output("m")
    for _ in range(100):
        output.feed(b"x" * LONGEST)
    output.end()
    assert output.last_line == "x" * LONGEST


def test_a_progress_bar_shows_its_end(lines):
    Output("m").feed(b"10%\r50%\r100%\r\n")
    assert lines() == [("INFO", "m: 100%")]


def test_control_characters_and_broken_text_do_no_harm(lines):
    Output("m").feed(b"\x1b[31mred\xff\n")
    assert lines() == [("INFO", "m: [31mred\N{REPLACEMENT CHARACTER}")]


def test_the_last_words_count_without_an_end_of_line():
    output = Output("m")
    output.feed(b"killed")
    output.end()
    assert output.last_line == "killed"
