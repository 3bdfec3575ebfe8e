"""`tenfold optimize` with a real conversion."""

import subprocess
import sys
from pathlib import Path

import tiny_models
from tenfold_runtime.conversion.candidates import STRENGTHS


def test_optimize_measures_the_forms_and_keeps_the_artifact(tmp_path: Path) -> None:
    folder = tiny_models.make(tmp_path / "tiny", "BertForSequenceClassification")
    command = [sys.executable, "-m", "tenfold_cli", "optimize", str(folder), "--max-drift", "1"]

    done = subprocess.run(
        command, env={"TENFOLD_CACHE": str(tmp_path / "cache"), "PATH": ""}, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")
    # Other kinds of products too, where the first ones gain the tiny model nothing.
    tries = range(len(STRENGTHS), 3 * len(STRENGTHS) + 1, len(STRENGTHS))
    assert done.stdout.count("int8, smoothing") in tries
    assert (Path(done.stdout.splitlines()[-1]) / "model.onnx").is_file()
