"""A decoder becomes an artifact: exported, quantized where that is close enough, served without torch."""

import json

import pytest

import tiny_decoders
from generating import ask, generating, load
from served import imported_by, settings
from tenfold_runtime.errors import CannotLoad

SERVES = """
import asyncio, json, os, sys
from tenfold_runtime.app import create_app
from tenfold_runtime.kinds import answerer
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader
from tenfold_runtime.settings import Settings
settings = Settings.from_environment(os.environ)
answerer(Loader(settings, Journal()).load(), settings.model.spec)
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return tiny_decoders.make(tmp_path_factory.mktemp("models") / "llama", "llama")


def test_serving_imports_neither_torch_nor_transformers(llama, tmp_path):
    load(llama, tmp_path)

    roots = imported_by(SERVES, settings(llama, tmp_path))

    assert "onnxruntime" in roots
    assert not roots & {"torch", "transformers", "optimum", "onnx", "huggingface_hub", "scipy", "pandas"}


@pytest.mark.parametrize("quantization", ["int8", "int4"])
async def test_quantized_forms_are_measured_and_serve_within_the_drift_allowed(llama, tmp_path, quantization):
    wide = {"quantization": quantization, "maxDrift": 1.0}
    loaded = load(llama, tmp_path, optimization=wide)
    async with generating(loaded, llama) as generator:
        answer = await ask(generator, "A cat sits", max_new_tokens=4, details=True)

    accepted = [candidate for candidate in loaded.manifest.candidates if candidate.accepted]
    fastest = max(accepted, key=lambda candidate: candidate.speedup, default=None)
    assert loaded.manifest.measured == fastest
    assert loaded.manifest.form == (quantization if accepted else "none")
    assert all(0 < candidate.drift < 1 for candidate in loaded.manifest.candidates)
    assert answer[0]["details"]["generated_tokens"] == 4


def test_no_quantized_form_serves_beyond_the_drift_allowed(llama, tmp_path):
    strict = {"quantization": "int8", "maxDrift": 0.0}

    assert load(llama, tmp_path, optimization=strict).manifest.form == "none"


def test_a_model_whose_graph_would_answer_differently_has_none(tmp_path):
    folder = tiny_decoders.make(tmp_path / "gpt2", "gpt2")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "scale_attn_weights": False}))

    with pytest.raises(CannotLoad, match="does not answer as the model does"):
        load(folder, tmp_path / "cache", engine="onnx")
    assert load(folder, tmp_path / "cache").manifest.engine == "transformers"
