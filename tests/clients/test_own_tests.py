"""huggingface_hub's own tests against a `tenfold up`, from the checkout that HUGGINGFACE_HUB_TESTS names."""

import json
import os
import re
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest

import tiny_images
import tiny_sounds
import tiny_suite
from up import manifest, up

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-clients"
CHECKOUT = os.environ.get("HUGGINGFACE_HUB_TESTS")
TOLD = json.loads((HERE / "own_tests.json").read_text())
FILES = {
    "lena.png": tiny_images.file(tiny_images.picture(512, 512)),
    "contract.jpeg": tiny_images.file(tiny_images.picture(300, 400), "JPEG"),
    "sample1.flac": tiny_sounds.file(tiny_sounds.chirp(), kind="FLAC"),
}
DOWNLOAD = re.compile(r'hf_hub_download\(.*filename="(.*)"\)')
LONGEST_LOAD, LONGEST_RUN = 900, 600  # seconds


@pytest.fixture
def server(tmp_path):
    """The URL of a server with a model at every id that the tests ask."""
    exact = {"quantization": "none"}
    for index, (model_id, task) in enumerate(tiny_suite.IDS.items()):
        folder = tmp_path / "models" / str(index)
        tiny_suite.make(folder, model_id)
        manifest(tmp_path, model_id, folder, task=task, optimization=exact)
    manifest(tmp_path, tiny_suite.SIMILARITY, tiny_suite.REAL, optimization=exact)
    with up(ENVIRONMENTS / "cache", "--file", str(tmp_path)) as running:
        for model_id in [*tiny_suite.IDS, tiny_suite.SIMILARITY]:
            running.await_model(model_id, LONGEST_LOAD)
        yield running.url


@pytest.fixture
def suite(server, tmp_path):
    """A folder with the tests, which ask the server and send files of ours."""
    folder = tmp_path / "suite"
    shutil.copytree(Path(CHECKOUT) / "tests", folder / "tests")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    file = folder / TOLD["file"]
    text = DOWNLOAD.sub(lambda found: repr(str(folder / found[1])), file.read_text())
    file.write_text(text.replace("https://api-inference.huggingface.co", server))
    return folder


@pytest.fixture
def outcomes(server, suite):
    """What became of each test."""
    variables = {
        "HF_INFERENCE_ENDPOINT": server, "HF_ENDPOINT": server, "HF_HUB_DISABLE_TELEMETRY": "1",
        "ASKED_SERVER": server, "ASKED_REPORT": str(suite / "report"), "PYTHONPATH": str(HERE),
        "HOME": str(suite), "PATH": os.environ["PATH"],
    }  # fmt: skip
    python = ENVIRONMENTS / "huggingface_hub-0.27.1" / "bin" / "python"
    options = ["-p", "asked", "-p", "no:cacheprovider", "--disable-vcr", "--quiet", "--tb=short"]
    command = [str(python), "-m", "pytest", *options, TOLD["file"]]
    subprocess.run(command, env=variables, cwd=suite, timeout=LONGEST_RUN, check=False)
    return [json.loads(line) for line in (suite / "report").read_text().splitlines()]


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not CHECKOUT, reason="HUGGINGFACE_HUB_TESTS names no checkout of huggingface_hub 0.27.1")
def test_its_own_tests_pass_but_for_those_that_the_page_explains(outcomes):
    def named(outcome):
        return [each["test"] for each in outcomes if each["outcome"] == outcome]

    assert sorted(named("failed")) == sorted(chain(*TOLD["failed"].values()))
    assert (len(named("passed")), len(named("skipped"))) == (TOLD["passed"], TOLD["skipped"])
    assert sum(each["asked"] for each in outcomes) == TOLD["asking"]
