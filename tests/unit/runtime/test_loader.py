"""A model is built once, found again, and built anew when its artifact is damaged."""

import json
from pathlib import Path

import pytest

from served import BuildHere, imported_by, load, settings
from tenfold_api.progress import LoadPhase, State
from tenfold_runtime import operators
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader


def loading(folder, cache, **spec):
    """Load a model; give what its journal says then."""
    journal = Journal()
    Loader(settings(folder, cache, **spec), journal, BuildHere()).load()
    return journal.status()


def only_artifact(cache: Path) -> Path:
    (manifest,) = cache.glob("artifacts/*/*/manifest.json")
    return manifest.parent


def test_the_first_load_converts_and_the_second_does_not(classifier, tmp_path):
    first, second = loading(classifier, tmp_path), loading(classifier, tmp_path)

    assert LoadPhase.CONVERT in first.finished
    assert second.cached
    assert set(second.finished) == {LoadPhase.START, LoadPhase.LOAD, LoadPhase.WARM_UP}


def test_an_artifact_is_for_the_processors_of_its_operators(classifier, tmp_path, monkeypatch):
    load(classifier, tmp_path)
    monkeypatch.setattr(operators, "target", lambda: None)

    assert loading(classifier, tmp_path).cached is False


def test_a_loaded_model_tells_what_it_is(classifier, tmp_path):
    status = loading(classifier, tmp_path)

    assert (status.state, status.task, status.compute_type) == (
        State.READY,
        "text-classification",
        "cpu+optimized",
    )


@pytest.mark.parametrize("damage", [b"", b"truncated", None], ids=["emptied", "overwritten", "deleted"])
def test_a_damaged_artifact_is_built_anew(classifier, tmp_path, damage):
    load(classifier, tmp_path)
    graph = only_artifact(tmp_path) / "model.onnx"
    graph.unlink() if damage is None else graph.write_bytes(damage)

    status = loading(classifier, tmp_path)

    assert status.cached is False
    assert status.state is State.READY


def test_a_damaged_manifest_is_built_anew(classifier, tmp_path):
    load(classifier, tmp_path)
    (only_artifact(tmp_path) / "manifest.json").write_text("{")

    assert loading(classifier, tmp_path).cached is False


def test_nothing_is_left_of_a_build_that_failed(classifier, tmp_path):
    broken = tmp_path / "broken"
    broken.mkdir()
    for file in classifier.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    (broken / "model.safetensors").write_bytes(b"no weights")

    with pytest.raises(CannotLoad, match="transformers cannot load the model"):
        load(broken, tmp_path / "cache")

    assert not [path for path in (tmp_path / "cache" / "artifacts").rglob("*") if path.is_file()]


def test_pickled_weights_are_refused(classifier, tmp_path):
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_bytes((classifier / "config.json").read_bytes())
    (pickled / "pytorch_model.bin").write_bytes(b"x")

    with pytest.raises(CannotLoad) as error:
        load(pickled, tmp_path / "cache")

    assert (error.value.failure.status, error.value.failure.reason) == (403, "PickleRefused")


def test_code_that_comes_with_a_model_is_refused(classifier, tmp_path):
    coded = tmp_path / "coded"
    coded.mkdir()
    for file in classifier.iterdir():
        (coded / file.name).write_bytes(file.read_bytes())
    config = json.loads((coded / "config.json").read_text())
    (coded / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "modeling.Model"}}))

    with pytest.raises(CannotLoad, match="trustRemoteCode"):
        load(coded, tmp_path / "cache")


def test_an_unknown_architecture_asks_for_the_task(classifier, tmp_path):
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "config.json").write_text('{"architectures": ["OddForNothing"], "model_type": "bert"}')
    (odd / "model.safetensors").write_bytes(b"x")

    with pytest.raises(CannotLoad, match=r"set spec\.task to one of"):
        load(odd, tmp_path / "cache")


def test_quantized_weights_serve_only_within_the_drift_that_is_allowed(classifier, tmp_path):
    loose = load(classifier, tmp_path, optimization={"quantization": "int8", "maxDrift": 1.0}).manifest
    strict = load(classifier, tmp_path, optimization={"quantization": "int8", "maxDrift": 0.0}).manifest

    assert strict.form == "none"
    assert loose.form == ("int8" if any(candidate.accepted for candidate in loose.candidates) else "none")
    assert all(0 < candidate.drift < 1 for candidate in loose.candidates)


SERVES = """
import json, os, sys
from pathlib import Path
from tenfold_runtime import kinds, server
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader
from tenfold_runtime.settings import Settings
settings = Settings.from_environment(os.environ)
kinds.answerer(Loader(settings, Journal()).load(), settings.model.spec)
print(json.dumps(sorted(sys.modules)))
"""


def test_serving_from_an_artifact_imports_neither_torch_nor_transformers(classifier, tmp_path):
    load(classifier, tmp_path)

    roots = imported_by(SERVES, settings(classifier, tmp_path))

    assert "onnxruntime" in roots
    assert not roots & {"torch", "transformers", "optimum", "onnx", "huggingface_hub", "scipy", "pandas"}


def test_serving_a_text_model_imports_nothing_of_what_serves_other_kinds(classifier, tmp_path):
    load(classifier, tmp_path)

    roots = imported_by(SERVES, settings(classifier, tmp_path))

    assert not roots & {"PIL", "jinja2", "llguidance", "soundfile"}


def test_the_measured_speedup_and_drift_are_told(classifier, tmp_path):
    served = {"quantization": "int8", "maxDrift": 1.0}
    status = loading(classifier, tmp_path, optimization=served)
    manifest = load(classifier, tmp_path, optimization=served).manifest

    measured = manifest.measured
    assert (status.speedup, status.drift) == (
        (measured.speedup, measured.drift) if measured else (None, None)
    )
