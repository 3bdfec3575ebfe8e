"""Install the CPU build of PyTorch that pyproject.toml pins, never gigabytes of CUDA by accident.

On Linux, PyPI's torch brings CUDA with it; the CPU build calls itself `X+cpu` and lives on PyTorch's own
index, or on one that pip is configured with. So on Linux only that exact version is asked for, which no CUDA
build can answer. The question is `pip index versions`, because a dry run is not harmless: older pips, and
every pip where an index serves no separate metadata, download all that they would install.
"""

import importlib.metadata
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
PYTORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# pip adds an index of its command line to those it is configured with.
WITH_PYTORCH = ("--extra-index-url", PYTORCH_CPU_INDEX)
PATIENCE = ("--retries", "1", "--timeout", "15")
LONGEST_LOOKUP = 300

HELP = """
No CPU build of torch {version} was found, and the build on PyPI brings several GB of CUDA packages.
Do one of these:
  - let pip reach {index} and run this again;
  - name an index that has torch=={version}+cpu in PIP_EXTRA_INDEX_URL and run this again;
  - take the CUDA build on purpose:  {python} -m pip install torch=={version}
"""


@dataclass(frozen=True)
class Plan:
    """What to ask pip for, and the options to ask with."""

    requirement: str
    options: tuple[str, ...] = ()


def pinned(pyproject: str) -> str:
    """Give the version of torch that the `convert` extra of this pyproject.toml pins."""
    requirements = tomllib.loads(pyproject)["project"]["optional-dependencies"]["convert"]
    pins = [pin[1] for text in requirements if (pin := re.fullmatch(r"torch==([\w.]+)", text))]
    if len(pins) != 1:
        sys.exit("pyproject.toml: the extra `convert` must pin torch once, as torch==X")
    return pins[0]


def is_build_of(installed: str | None, version: str) -> bool:
    """Say whether an installed version is a build of `version`: 2.13.0+cpu is one of 2.13.0."""
    return installed is not None and installed.partition("+")[0] == version


def versions(answer: str) -> frozenset[str]:
    """Give the versions in an answer of `pip index versions`."""
    line = re.search(r"^Available versions:(.*)$", answer, re.MULTILINE)
    return frozenset(line[1].replace(",", " ").split()) if line else frozenset()


def plan(version: str, system: str, offered: Callable[[tuple[str, ...]], frozenset[str]]) -> Plan | None:
    """Choose how to get the CPU build; `offered` gives the versions that pip finds with some options."""
    if system != "Linux":  # elsewhere PyPI carries CPU builds only
        return Plan(f"torch=={version}")
    for options in ((), WITH_PYTORCH):
        if f"{version}+cpu" in offered(options):
            return Plan(f"torch=={version}+cpu", options)
    return None


def installed_torch() -> str | None:
    """Give the version of torch in this environment."""
    try:
        return importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return None


def ask_pip(options: tuple[str, ...]) -> frozenset[str]:
    """Give the versions of torch that pip finds; none, with its last words, when it fails."""
    print(f"Looking for the CPU build of torch{' on ' + options[-1] if options else ''} ...", flush=True)
    patience = PATIENCE if options else ()
    command = [sys.executable, "-m", "pip", "index", "versions", "torch", *options, *patience]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_LOOKUP, check=False)
    except subprocess.TimeoutExpired:
        print(f"  pip gave no answer in {LONGEST_LOOKUP} s")
        return frozenset()
    if done.returncode:
        print("  pip said:", (done.stderr.strip().splitlines() or ["nothing"])[-1])
    return versions(done.stdout)


def main() -> int:
    """Install torch unless it is there; the exit status is pip's, or 1 when only CUDA was found."""
    version = pinned(PYPROJECT.read_text(encoding="utf-8"))
    if is_build_of(installed := installed_torch(), version):
        print(f"torch {installed} is installed.")
        return 0
    chosen = plan(version, platform.system(), ask_pip)
    if chosen is None:
        print(HELP.format(version=version, index=PYTORCH_CPU_INDEX, python=sys.executable), file=sys.stderr)
        return 1
    print(f"Installing {chosen.requirement} ...", flush=True)
    command = [sys.executable, "-m", "pip", "install", *chosen.options, chosen.requirement]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
