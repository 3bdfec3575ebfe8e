"""Text generation on torch, as it runs where a decoder has no graph."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tiny_decoders
from generating import ask, generating, load, stream
from same import same
from tenfold_api.spec import Engine
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.generation.loaded import LoadedDecoder

PROMPT = "The kettle has been on the stove"
ASKED = {"max_new_tokens": 12, "details": True, "decoder_input_details": True, "top_n_tokens": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, made = tmp_path_factory.mktemp("decoders"), {}

    def by(name: str) -> Path:
        if name not in made:
            made[name] = tiny_decoders.make(root / name, name)
        return made[name]

    return by


@pytest.fixture(scope="module")
def llama(folder: Callable[[str], Path], cache: Path) -> LoadedDecoder:
    return load(folder("llama"), cache, engine="transformers")


@pytest.mark.parametrize("name", tiny_decoders.ON_TORCH)
def test_a_decoder_that_has_no_graph_is_left_on_torch(
    name: str, folder: Callable[[str], Path], cache: Path
) -> None:
    loaded = load(folder(name), cache)

    assert loaded.manifest.engine is Engine.TRANSFORMERS
    assert "cannot be converted for generation" in str(loaded.manifest.fallback)
    assert loaded.manifest.compute_type == "cpu"
    assert not any(name.endswith(".onnx") for name in loaded.manifest.files)


def test_where_onnx_is_demanded_it_cannot_be_loaded(folder: Callable[[str], Path], cache: Path) -> None:
    with pytest.raises(CannotLoad, match="MambaForCausalLM cannot be converted for generation"):
        load(folder("mamba"), cache, engine="onnx")


async def test_torch_tells_what_onnx_runtime_does(
    llama: LoadedDecoder, folder: Callable[[str], Path], cache: Path
) -> None:
    answers: list[Any] = []
    for loaded in (llama, load(folder("llama"), cache)):
        async with generating(loaded, folder("llama")) as generator:
            answers.append(await ask(generator, PROMPT, **ASKED))

    assert same(answers[0], answers[1])


async def test_drawing_with_a_seed_can_be_repeated(
    llama: LoadedDecoder, folder: Callable[[str], Path]
) -> None:
    async with generating(llama, folder("llama")) as generator:
        drawn = [await ask(generator, PROMPT, temperature=3.0, seed=5, max_new_tokens=8) for _ in range(2)]

    assert drawn[0] == drawn[1]


async def test_a_stream_tells_the_text_token_by_token(
    llama: LoadedDecoder, folder: Callable[[str], Path]
) -> None:
    asked = {"max_new_tokens": 8, "return_full_text": False}
    async with generating(llama, folder("llama")) as generator:
        (whole,) = await ask(generator, PROMPT, **asked)
        events = [event async for event in stream(generator, PROMPT, **asked)]

    texts = [event["token"]["text"] for event in events if not event["token"]["special"]]
    assert "".join(texts) == whole["generated_text"]
    assert events[-1]["generated_text"] == whole["generated_text"]
