"""A decoder of any size is converted one weight at a time, and its weights are files of their own."""

import json

import numpy as np
import pytest
import torch
import transformers

import tiny_decoders
from generating import ask, generating
from served import BuildHere, settings
from tenfold_runtime.conversion import decoder_export, weights
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader

PROMPT = "A cat sits on"


class BuildAsLarge(BuildHere):
    """Builds as if no more than a kilobyte of weights were to be in memory twice."""

    def build(self, job, say):
        return super().build(job.model_copy(update={"whole_bytes": 1024}), say)


class BuildNothing(BuildHere):
    def build(self, job, say):
        raise AssertionError("the artifact is there already")


def load(folder, cache, builder=None, **optimization) -> LoadedDecoder:
    configured = settings(folder, cache, optimization={"quantization": "none", **optimization})
    return Loader(configured, Journal(), builder or BuildAsLarge()).load()


def only_artifact(cache):
    (manifest,) = cache.glob("artifacts/*/*/manifest.json")
    return manifest.parent


async def continued(loaded, folder):
    async with generating(loaded, folder) as generator:
        answer = await ask(generator, PROMPT, max_new_tokens=8, details=True, return_full_text=False)
    return [token["id"] for token in answer[0]["details"]["tokens"]]


def expected(folder):
    """What transformers writes in single precision."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    ids = transformers.AutoTokenizer.from_pretrained(folder)(PROMPT, return_tensors="pt").input_ids
    text = model.generate(ids, max_new_tokens=8, do_sample=False, pad_token_id=0)
    return text[0, ids.shape[1] :].tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Half precision in several files, as large models come."""
    folder = tiny_decoders.make(tmp_path_factory.mktemp("models") / "qwen2", "qwen2")
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    return folder


async def test_weights_of_half_precision_answer_as_in_single_precision(folder, tmp_path):
    loaded = load(folder, tmp_path)

    assert await continued(loaded, folder) == expected(folder)


def test_auto_tries_blocks_of_eight_and_four_bits(folder, tmp_path):
    tried = load(folder, tmp_path, quantization="auto").manifest.candidates

    assert [(one.form, one.block) for one in tried] == [("int8", 128), ("int8", 32), ("int4", 32)]
    assert all(0 < one.drift < 1 and one.speedup > 0 for one in tried)


async def test_the_chosen_form_serves_from_a_file_of_its_own(folder, tmp_path):
    loaded = load(folder, tmp_path, quantization="int8", maxDrift=1.0)

    files = {file.name for file in only_artifact(tmp_path).iterdir()}
    assert {name for name in files if "onnx" in name or "bin" in name} == {"model.onnx", "weights.bin"}
    assert len(await continued(loaded, folder)) == 8


def test_no_form_beyond_the_drift_allowed_serves_and_none_is_left_behind(folder, tmp_path):
    loaded = load(folder, tmp_path, quantization="auto", maxDrift=0.0)

    files = {file.name for file in only_artifact(tmp_path).iterdir()}
    assert loaded.manifest.form == "none"
    assert {name for name in files if "onnx" in name or "bin" in name} == {"model.onnx", "weights.bin"}


async def test_a_second_load_finds_the_artifact(folder, tmp_path):
    first = load(folder, tmp_path, quantization="int8", maxDrift=1.0)

    second = load(folder, tmp_path, BuildNothing(), quantization="int8", maxDrift=1.0)

    assert await continued(second, folder) == await continued(first, folder)


async def test_a_damaged_file_of_weights_is_noticed_and_made_anew(folder, tmp_path):
    load(folder, tmp_path)
    damaged = only_artifact(tmp_path) / "weights.bin"
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 0xFF
    damaged.write_bytes(content)

    assert await continued(load(folder, tmp_path), folder) == expected(folder)


def test_the_manifest_names_the_hash_of_the_weights(folder, tmp_path):
    load(folder, tmp_path)

    manifest = json.loads((only_artifact(tmp_path) / "manifest.json").read_text())
    assert {"model.onnx", "weights.bin"} <= manifest["files"].keys()


def test_what_is_traced_holds_no_weights(folder):
    source = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)

    model, values = decoder_export.hollow(source)

    assert {one.untyped_storage().nbytes() for one in model.parameters()} == {4}
    assert all(values[id(one)].shape == one.shape for one in model.parameters())


def test_weights_of_one_type_keep_it_until_each_is_written(folder, tmp_path):
    mixed = tiny_decoders.make(tmp_path / "gpt2", "gpt2")
    model = transformers.AutoModelForCausalLM.from_pretrained(mixed, dtype=torch.bfloat16)
    model.lm_head.float()
    model.save_pretrained(mixed)

    assert decoder_export.kept_dtype(folder) is torch.bfloat16
    assert decoder_export.kept_dtype(mixed) is torch.float32


def test_a_weight_is_read_as_it_was_written(tmp_path):
    values = {"scale": np.float32([1.5]), "matrix": np.arange(6, dtype=np.uint8).reshape(2, 3)}

    with weights.Writer(tmp_path / "graph.onnx") as writer:
        written = [writer.add(name, array) for name, array in values.items()]

    assert [one.external_data[1].value for one in written] == ["0", "4096"]
    for tensor in written:
        np.testing.assert_array_equal(weights.read(tensor, tmp_path), values[tensor.name])
