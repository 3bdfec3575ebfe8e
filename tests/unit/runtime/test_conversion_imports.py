"""A build imports nothing that it has no use for."""

import gc
import importlib
import sys

import pytest

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime.conversion.imports import leave_out, uncollected
from tenfold_runtime.conversion.job import Job


@pytest.fixture(autouse=True)
def nothing_imported(monkeypatch):
    """A process that has imported neither library; what was imported is there again afterwards."""
    for name in ("sklearn", "diffusers"):
        monkeypatch.setitem(sys.modules, name, None)
        del sys.modules[name]


@pytest.fixture
def job(classifier, tmp_path):
    def make(folder=classifier, **chosen):
        return Job(
            folder=folder,
            out=tmp_path,
            task=Task.TEXT_CLASSIFICATION,
            engine="auto",
            quantization="none",
            max_drift=0.02,
            threads=1,
            **chosen,
        )

    return make


@pytest.mark.parametrize("name", ["sklearn", "diffusers"])
def test_a_model_of_transformers_is_built_without(job, name):
    leave_out(job())

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)


def test_code_that_a_model_brings_may_import_anything(job):
    leave_out(job(security=Security(trust_remote_code=True)))

    assert "sklearn" not in sys.modules


def test_an_estimator_is_built_with_its_library(job, tmp_path):
    (tmp_path / "model.skops").touch()

    leave_out(job(folder=tmp_path))

    assert "sklearn" not in sys.modules


def test_no_garbage_is_looked_for_while_libraries_are_imported():
    with uncollected():
        inside = gc.isenabled()

    assert (inside, gc.isenabled()) == (False, True)
