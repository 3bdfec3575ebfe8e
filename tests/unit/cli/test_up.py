"""`tenfold up` as a process, with runtimes that only pretend."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli_world import MODEL, ends, pids

SCRIPT = Path(__file__).parents[2] / "support" / "cli_up.py"


@dataclass
class Up:
    """A process, and the line that said where it listens."""

    process: "subprocess.Popen[str]"
    diary: Path
    url: str = ""

    def read_until(self, words: str) -> str:
        """Read lines up to one with these words; give it."""
        for line in self.process.stdout:
            if words in line:
                return line
        raise AssertionError(f"it ended without saying {words!r}")

    def ask(self, path: str, body: bytes | None = None):
        request = urllib.request.Request(self.url + path, data=body)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextmanager
def up(folder: Path, **behaviour: object) -> Iterator[Up]:
    diary = folder / "diary"
    told = [f"{name}={value}" for name, value in {"DIARY": diary, **behaviour}.items()]
    command = [sys.executable, str(SCRIPT), str(folder), "0", *told]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        running = Up(process, diary)
        try:
            running.url = running.read_until("Starting").split("on ")[1].split(";")[0]
            yield running
        finally:
            process.kill()


def test_it_says_when_models_answer_and_they_do(tmp_path):
    with up(tmp_path) as running:
        running.read_until("curl")
        assert running.ask(f"/models/{MODEL}", b'{"inputs": "a"}')[0][0]["label"] == "FAKE"
        assert running.ask("/readyz") == {"ready": True}


def test_it_is_ready_before_its_models_are(tmp_path):
    with up(tmp_path, GATE=tmp_path / "gate") as running:
        assert running.ask("/readyz") == {"ready": True}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_with_all_runtimes(tmp_path, number):
    with up(tmp_path) as running:
        running.read_until("curl")
        running.process.send_signal(number)
        assert running.process.wait(20) == 0
        assert all(ends(pid, seconds=0) for pid in pids(running.diary))


def test_a_signal_stops_it_while_models_load(tmp_path):
    with up(tmp_path, GATE=tmp_path / "gate") as running:
        running.read_until("converting")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(20) == 0
        assert all(ends(pid, seconds=0) for pid in pids(running.diary))


def test_a_second_signal_does_not_wait(tmp_path):
    with up(tmp_path, STUBBORN=1) as running:
        running.read_until("curl")
        running.process.send_signal(signal.SIGINT)
        running.read_until("Stopping")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(3) == 130
        assert all(map(ends, pids(running.diary)))


def test_nothing_outlives_it_when_it_is_killed(tmp_path):
    with up(tmp_path) as running:
        running.read_until("curl")
        os.kill(running.process.pid, signal.SIGKILL)
        assert all(map(ends, pids(running.diary)))


def test_the_loads_are_remembered(tmp_path):
    with up(tmp_path) as running:
        running.read_until("curl")
    assert MODEL in json.loads((tmp_path / "load-history.json").read_text())
