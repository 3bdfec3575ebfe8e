"""What `tenfold optimize` shows, from processes that say what a runtime's preparation says."""

import io
import json
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tenfold_api.optimizing import Candidate, Outcome, Progress
from tenfold_cli import optimize, selection
from tenfold_cli.errors import CommandError
from tenfold_cli.local.process import Launch

FAST = Candidate(form="int8", smoothing=0.6, drift=0.03, speedup=2.5, bytes=2**20, accepted=False)
GOOD = Candidate(form="int8", smoothing=0.7, drift=0.01, speedup=2.0, bytes=2**20, accepted=True, serves=True)
SLOW = Candidate(form="int4", block=32, drift=0.01, speedup=0.9, bytes=2**20, accepted=False)


def shown(tmp_path: Path, *said: Progress) -> str:
    """Give what a person sees while a process says these lines."""
    lines = [progress.model_dump_json(exclude_none=True) for progress in said]
    script = f"import json; print(*json.loads({json.dumps(json.dumps(lines))}), sep=chr(10))"
    (tmp_path / "model").mkdir()
    model = selection.one(str(tmp_path / "model"), {})
    out = io.StringIO()
    launch = Launch(tmp_path, (sys.executable, "-c", script))
    optimize.run(model, launch, Console(file=out, width=100))
    return out.getvalue()


def outcome(**fields) -> Progress:
    return Progress(outcome=Outcome(folder="/cache/model", **{"engine": "onnx", "form": "int8", **fields}))


def test_forms_are_shown_the_fastest_first_and_what_becomes_of_each(tmp_path):
    text = shown(tmp_path, Progress(planned=3), outcome(candidates=(SLOW, GOOD, FAST)))

    rows = [line.split("MiB")[1].strip() for line in text.splitlines() if "MiB" in line]
    assert rows == ["drifts beyond 0.02", "serves", "is no faster"]


def test_the_last_lines_say_what_serves_and_where_it_is_kept(tmp_path):
    text = shown(tmp_path, outcome())

    assert text.splitlines()[-2:] == ["model serves with int8 weights", "/cache/model"]


def test_a_model_without_a_graph_says_why(tmp_path):
    text = shown(tmp_path, outcome(engine="transformers", form="none", fallback="it has no export"))

    assert "model runs on torch: it has no export" in text


def test_a_failure_is_told_in_its_own_words(tmp_path):
    failure = {"status": 422, "reason": "InvalidModel", "message": "no config.json"}

    with pytest.raises(CommandError, match=r"model: no config\.json"):
        shown(tmp_path, Progress(failure=failure))


def test_a_process_that_breaks_off_is_told(tmp_path):
    with pytest.raises(CommandError, match="it broke off: without a word"):
        shown(tmp_path, Progress(phase="download"))


def test_a_name_that_is_no_model_is_refused():
    with pytest.raises(CommandError, match="there is no such folder"):
        selection.one("./nothing", {})
