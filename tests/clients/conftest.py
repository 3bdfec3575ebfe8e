"""A `tenfold up` with a tiny model of every task, and what each client library makes of it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tiny_decoders
import tiny_images
import tiny_sounds
import tiny_tabular
import tiny_zoo
from tenfold_api.tasks import Task
from up import Up, manifest, up

ENVIRONMENTS = Path(__file__).parents[2] / ".venv-clients"
HERE = Path(__file__).parent
LONGEST_LOAD, LONGEST_RUN = 900, 900  # seconds

Report = list[dict[str, str]]


def writer(folder: Path) -> None:
    """A decoder with room for a chat that offers tools."""
    tiny_decoders.make(folder, "llama", positions=1024)


MODELS = {**tiny_zoo.MODELS, Task.TEXT_GENERATION: writer}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models' manifests, an image and a sound."""
    root = tmp_path_factory.mktemp("zoo")
    for task, make in MODELS.items():
        place = root / "models" / task
        place.parent.mkdir(exist_ok=True)
        make(place)
        manifest(root, f"tiny/{task}", place, task=task, optimization={"quantization": "none"})
    (root / "image.png").write_bytes(tiny_images.file(tiny_images.picture()))
    (root / "sound.wav").write_bytes(tiny_sounds.file(tiny_sounds.chirp()))
    return root


@pytest.fixture(scope="session")
def served(folder: Path) -> Iterator[Up]:
    """Every model, ready. What was converted is kept beside the environments for the next time."""
    with up(ENVIRONMENTS / "cache", "--file", str(folder)) as running:
        for task in tiny_zoo.MODELS:
            running.await_model(f"tiny/{task}", LONGEST_LOAD)
        yield running


@pytest.fixture(scope="session")
def report(served: Up, folder: Path) -> Callable[[str], Report]:
    """Run a client's calls in its environment; give what became of each, and keep it for docs/clients.md."""

    def by(environment: str) -> Report:
        place = ENVIRONMENTS / environment
        if not (place / "installed").exists():
            pytest.skip(f"{environment} is not installed: make clients")
        command, variables = _command(environment, place, served.url, folder)
        done = subprocess.run(
            command, env=variables, cwd=folder, capture_output=True, text=True, timeout=LONGEST_RUN
        )
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        (place / "report.json").write_text(json.dumps(found, indent=1))
        return found

    return by


def _command(environment: str, place: Path, url: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    sizes = tiny_tabular.as_json(tiny_tabular.classifier()[1].head(3))
    files = [str(folder / "image.png"), str(folder / "sound.wav"), json.dumps(sizes)]
    variables = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
    if environment.startswith("inference.js"):
        script = ["node", str(HERE / "js_calls.mjs"), str(place)]
        return [*script, url, *files, *tiny_zoo.MODELS], variables
    python = str(place / "bin/python")
    if environment.startswith("openai"):
        return [python, str(HERE / "openai_calls.py"), url], variables
    if environment.endswith("0.27.1"):
        variables["BY_ID"] = "1"  # the last version that asks HF_INFERENCE_ENDPOINT for tasks
    return [python, str(HERE / "hub_calls.py"), url, *files, *tiny_zoo.MODELS], variables


def pytest_make_parametrize_id(val: Any) -> str | None:
    return val if isinstance(val, str) else None
