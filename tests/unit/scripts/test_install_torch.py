"""install_torch.py: which build of PyTorch pip is asked for. Nothing here asks pip."""

import importlib.util
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MIRROR_WITH_CPU = frozenset({"2.13.0", "2.13.0+cpu"})
PYPI = frozenset({"2.12.1", "2.13.0"})


@pytest.fixture(scope="module")
def install_torch():
    spec = importlib.util.spec_from_file_location("install_torch", ROOT / "scripts" / "install_torch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pyproject(*requirements):
    listed = ", ".join(f'"{requirement}"' for requirement in requirements)
    return f"[project.optional-dependencies]\nconvert = [{listed}]"


def test_the_version_comes_from_the_convert_extra(install_torch):
    assert install_torch.pinned(pyproject("onnx>=1", "torch==2.13.0")) == "2.13.0"


@pytest.mark.parametrize("requirements", [(), ("torch>=2",), ("torch==2.12.0", "torch==2.13.0")])
def test_without_one_pin_it_stops(install_torch, requirements):
    with pytest.raises(SystemExit, match="must pin torch once"):
        install_torch.pinned(pyproject(*requirements))


def test_our_own_pyproject_pins_torch(install_torch):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    version = install_torch.pinned(text)

    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    assert f"torch=={version}" in extras["convert"]


@pytest.mark.parametrize(
    ("installed", "enough"),
    [("2.13.0", True), ("2.13.0+cpu", True), ("2.13.0+cu130", True), ("2.13.1", False), (None, False)],
)
def test_any_installed_build_of_the_version_is_enough(install_torch, installed, enough):
    assert install_torch.is_build_of(installed, "2.13.0") is enough


def test_versions_are_read_from_what_pip_prints(install_torch):
    answer = "torch (2.14.0)\nAvailable versions: 2.14.0, 2.13.0+cpu, 2.13.0\n  INSTALLED: 2.9.0\n"

    assert install_torch.versions(answer) == {"2.14.0", "2.13.0+cpu", "2.13.0"}


def test_no_answer_offers_no_versions(install_torch):
    assert install_torch.versions("") == frozenset()


@pytest.mark.parametrize("system", ["Darwin", "Windows"])
def test_where_pypi_has_cpu_builds_only_it_is_taken_as_it_is(install_torch, system):
    assert install_torch.plan("2.13.0", system, pytest.fail) == install_torch.Plan("torch==2.13.0")


def test_a_cpu_build_on_the_configured_indexes_is_taken_from_there(install_torch):
    offered = {(): MIRROR_WITH_CPU}  # and PyTorch's index is not asked

    chosen = install_torch.plan("2.13.0", "Linux", offered.__getitem__)

    assert chosen == install_torch.Plan("torch==2.13.0+cpu")


def test_otherwise_it_comes_from_pytorchs_index(install_torch):
    offered = {(): PYPI, install_torch.WITH_PYTORCH: PYPI | {"2.13.0+cpu"}}

    chosen = install_torch.plan("2.13.0", "Linux", offered.__getitem__)

    assert chosen == install_torch.Plan("torch==2.13.0+cpu", install_torch.WITH_PYTORCH)


@pytest.mark.parametrize("answer", [PYPI, frozenset(), frozenset({"2.12.1+cpu"})])
def test_nothing_is_installed_when_only_cuda_or_another_version_is_offered(install_torch, answer):
    assert install_torch.plan("2.13.0", "Linux", lambda options: answer) is None
