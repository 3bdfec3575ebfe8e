"""Builds of one machine take turns."""

import os
import subprocess
import sys
import threading

import pytest

from tenfold_runtime.conversion.turns import turn


@pytest.fixture(autouse=True)
def cores(monkeypatch):
    """A machine of one core."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


HOLDS = """
import sys
from filelock import FileLock

place = FileLock(sys.argv[1])
place.acquire()
print("held")
input()
"""


def holding(folder):
    """Start a process that holds the first place until it reads a line."""
    command = [sys.executable, "-uc", HOLDS, str(folder / ".building-0")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_build_waits_for_the_one_that_has_the_core(tmp_path):
    begun = threading.Event()

    def build():
        with turn(tmp_path):
            begun.set()

    with holding(tmp_path) as first:
        second = threading.Thread(target=build)
        second.start()
        waited = not begun.wait(0.5)
        first.communicate(b"\n")
    second.join(10)
    assert waited
    assert begun.is_set()


def test_builds_with_a_core_each_go_on_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    with holding(tmp_path) as first:
        with turn(tmp_path, longest=30.0):
            assert (tmp_path / ".building-1").exists()
        first.communicate(b"\n")


def test_a_build_that_was_killed_keeps_nobody_waiting(tmp_path):
    with holding(tmp_path) as first:
        first.kill()
        first.wait()

    with turn(tmp_path, longest=10.0):
        assert (tmp_path / ".building-0").exists()


def test_a_build_that_waited_long_enough_begins(tmp_path):
    with holding(tmp_path) as first:
        with turn(tmp_path, longest=0.3):
            assert first.poll() is None
        first.communicate(b"\n")
