"""Renders the chart with the helm that `$HELM`, the PATH or the virtual environment has."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

CHART = Path(__file__).parents[2] / "charts" / "tenfold"


def tool(name):
    """Give the path of helm or kubectl, or skip the test."""
    places = os.pathsep.join((os.environ.get("PATH", ""), str(Path(sys.executable).parent)))
    found = os.environ.get(name.upper()) or shutil.which(name, path=places)
    return found or pytest.skip(f"there is no {name}: `make helm` fetches it")


def run(*arguments, values=None):
    command = [tool("helm"), *arguments, "--values", "-"]
    return subprocess.run(command, input=json.dumps(values or {}), capture_output=True, text=True, timeout=60)


def template(values=None, *arguments, release="tenfold", namespace="tenfold"):
    """Give the objects of a release."""
    done = run("template", release, str(CHART), "--namespace", namespace, *arguments, values=values)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def refusal(values):
    """Give what helm says of values that it does not take."""
    done = run("template", "tenfold", str(CHART), values=values)
    assert done.returncode != 0
    return done.stderr
