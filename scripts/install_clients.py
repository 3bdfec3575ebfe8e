"""Set up an environment for each version of the client libraries, below .venv-clients.

What is there already is left as it is; remove .venv-clients to have the newest versions anew.
"""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1] / ".venv-clients"
LONGEST = 900  # seconds

PYTHON = {
    # Its own tests need pytest, and a urllib3 that the recorder of their answers knows.
    "huggingface_hub-0.27.1": [
        "huggingface_hub[inference]==0.27.1",
        "numpy",
        "pillow",
        "pytest<9",
        "pytest-vcr",
        "urllib3<2",
    ],
    "huggingface_hub-0.36": ["huggingface_hub[inference]>=0.36,<0.37", "numpy", "pillow"],
    "huggingface_hub-newest": ["huggingface_hub", "numpy", "pillow"],
    "openai-newest": ["openai"],
}
JAVASCRIPT = {
    "inference.js-2.8.1": "@huggingface/inference@2.8.1",
    "inference.js-newest": "@huggingface/inference",
}


def install() -> None:
    """Make every environment that is not there yet."""
    for name, packages in PYTHON.items():
        _python(ROOT / name, packages)
    if shutil.which("npm") is None:
        print("There is no npm, so the JavaScript clients are left out.", file=sys.stderr)
        return
    for name, package in JAVASCRIPT.items():
        _javascript(ROOT / name, package)


def _python(folder: Path, packages: list[str]) -> None:
    if (folder / "installed").exists():
        return
    venv.create(folder, with_pip=True, clear=True)
    _run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *packages])
    (folder / "installed").touch()


def _javascript(folder: Path, package: str) -> None:
    if (folder / "installed").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    _run(["npm", "install", "--prefix", str(folder), "--silent", "--no-fund", "--no-audit", package])
    (folder / "installed").touch()


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=LONGEST)


if __name__ == "__main__":
    install()
