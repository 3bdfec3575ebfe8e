"""The images' recipes. Nothing here builds one."""

import os
import re
import subprocess
import tomllib

import pytest

import scripts

PROJECT = tomllib.loads((scripts.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PARTS = ("operator", "gateway", "runtime")


@pytest.fixture(params=PARTS)
def dockerfile(request):
    return (scripts.ROOT / request.param / "Dockerfile").read_text(encoding="utf-8")


def test_every_stage_stands_on_the_base_that_can_be_pinned(dockerfile):
    names = set(re.findall(r"^FROM \S+ AS (\S+)$", dockerfile, re.MULTILINE))
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) <= {"${BASE}", *names}


def test_the_process_runs_as_anyone_but_root(dockerfile):
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE) == ["65532:65532"]


@pytest.mark.parametrize("part", PARTS)
def test_it_starts_what_the_package_installs(part):
    dockerfile = (scripts.ROOT / part / "Dockerfile").read_text(encoding="utf-8")
    (name,) = re.findall(r'^ENTRYPOINT \["(.*)"\]$', dockerfile, re.MULTILINE)
    assert name in PROJECT["scripts"]


def test_it_installs_extras_that_there_are(dockerfile):
    asked = {extra for extras in re.findall(r"'\.\[(.*)\]'", dockerfile) for extra in extras.split(",")}
    assert asked
    assert asked <= PROJECT["optional-dependencies"].keys()


@pytest.mark.parametrize("part", ["operator", "gateway"])
def test_the_bytecode_of_the_clients_models_is_left_out(part):
    dockerfile = (scripts.ROOT / part / "Dockerfile").read_text(encoding="utf-8")
    assert "-path '*/kubernetes/*client/*/__pycache__' -prune -exec rm -r {} +" in dockerfile


def test_one_command_builds_every_image():
    environment = {**os.environ, "ENGINE": "echo", "REGISTRY": "registry.example", "BASE": "base@sha256:0"}
    command = [scripts.ROOT / "scripts" / "build_images.sh", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    built = [line for line in done.stdout.splitlines() if line.startswith("build ")]
    tags = [re.search(r"--tag registry\.example/([\w-]+):(\S+)", line).groups() for line in built]
    assert tags == [
        (name, PROJECT["version"])
        for name in ("tenfold-operator", "tenfold-gateway", "tenfold-runtime-serving", "tenfold-runtime")
    ]
    assert all("--build-arg BASE=base@sha256:0" in line and line.endswith("--quiet .") for line in built)
