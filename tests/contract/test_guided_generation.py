"""Texts under a grammar: whatever the model would say, the answer is what was asked for."""

import asyncio
import json
import re

import jsonschema
import pytest

import tiny_decoders
from generating import ask, generating, load, stream
from tenfold_runtime.generation.errors import ValidationFailed

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 8},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "tags": {"type": "array", "items": {"enum": ["new", "old"]}, "maxItems": 2},
    },
    "required": ["name", "stars"],
}
JSON = {"type": "json", "value": SCHEMA}
REGEX = {"type": "regex", "value": r"\d{3}-[a-c]{2,5}"}
PROMPT = "The waiter forgot our order"
FREE = {"max_new_tokens": 24, "details": True}


@pytest.fixture(scope="module")
def decoder(tmp_path_factory):
    """Give a decoder's folder, and the decoder loaded, by name: one on ONNX Runtime, one on torch."""
    root, made = tmp_path_factory.mktemp("guided"), {}

    def by(name):
        if name not in made:
            options = {"positions": 1024} if name == "llama" else {}
            folder = tiny_decoders.make(root / name, name, **options)
            made[name] = folder, load(folder, root / "cache")
        return made[name]

    return by


def text_of(answer):
    return answer[0]["generated_text"]


@pytest.mark.parametrize("name", ["llama", "mamba"])
@pytest.mark.parametrize("asked", [{}, *({"do_sample": True, "seed": seed} for seed in range(4))], ids=str)
async def test_a_text_is_json_of_the_schema(decoder, name, asked):
    folder, loaded = decoder(name)
    async with generating(loaded, folder) as generator:
        answer = await ask(
            generator, PROMPT, max_new_tokens=300, return_full_text=False, grammar=JSON, details=True, **asked
        )

    jsonschema.validate(json.loads(text_of(answer)), SCHEMA)
    assert answer[0]["details"]["finish_reason"] == "eos_token"


@pytest.mark.parametrize(
    "warper", [{"top_p": 0.1}, {"top_k": 1}, {"typical_p": 0.1}, {"repetition_penalty": 1.9}]
)
async def test_what_narrows_the_choice_leaves_what_the_pattern_allows(decoder, warper):
    folder, loaded = decoder("llama")
    async with generating(loaded, folder) as generator:
        answer = await ask(
            generator, PROMPT, return_full_text=False, grammar=REGEX, do_sample=True, seed=1, **warper
        )

    assert re.fullmatch(REGEX["value"], text_of(answer))


async def test_every_one_of_several_texts_has_the_form(decoder):
    folder, loaded = decoder("llama")
    asked = {"num_return_sequences": 4, "do_sample": True, "seed": 2, "return_full_text": False}
    async with generating(loaded, folder) as generator:
        answers = await ask(generator, PROMPT, grammar=REGEX, **asked)
        best = await ask(generator, PROMPT, grammar=REGEX, best_of=3, details=True, do_sample=True)

    assert len({one["generated_text"] for one in answers}) > 1
    assert all(re.fullmatch(REGEX["value"], one["generated_text"]) for one in answers)
    assert len(best[0]["details"]["best_of_sequences"]) == 2


async def test_neighbours_without_a_grammar_say_what_they_say_alone(decoder):
    folder, loaded = decoder("llama")
    async with generating(loaded, folder) as generator:
        alone = await ask(generator, PROMPT, **FREE)
        *guided, beside = await asyncio.gather(
            *(
                ask(generator, PROMPT, max_new_tokens=300, return_full_text=False, grammar=JSON)
                for _ in range(3)
            ),
            ask(generator, PROMPT, **FREE),
        )

    assert beside == alone
    assert len({text_of(one) for one in guided}) == 1


async def test_a_stream_tells_the_same_text(decoder):
    folder, loaded = decoder("llama")
    asked = {"max_new_tokens": 300, "return_full_text": False, "grammar": JSON}
    async with generating(loaded, folder) as generator:
        whole = await ask(generator, PROMPT, **asked)
        events = [event async for event in stream(generator, PROMPT, **asked)]

    assert events[-1]["generated_text"] == text_of(whole)
    assert "".join(one["token"]["text"] for one in events if not one["token"]["special"]) == text_of(whole)


async def test_what_may_not_come_is_no_alternative(decoder):
    folder, loaded = decoder("llama")
    grammar = {"type": "regex", "value": "[ab]"}
    async with generating(loaded, folder) as generator:
        answer = await ask(generator, PROMPT, grammar=grammar, details=True, top_n_tokens=5)

    first = answer[0]["details"]["top_tokens"][0]
    assert {one["text"] for one in first} == {"a", "b"}


async def test_a_text_that_is_too_long_for_its_room_is_cut(decoder):
    folder, loaded = decoder("llama")
    async with generating(loaded, folder) as generator:
        answer = await ask(generator, PROMPT, max_new_tokens=3, grammar=JSON, details=True)

    assert answer[0]["details"]["finish_reason"] == "length"


async def test_a_grammar_that_becomes_too_complex_ends_its_own_text_alone(decoder, monkeypatch):
    folder, loaded = decoder("llama")
    complex_ = {"type": "regex", "value": "x(a{1000}){1000}"}
    async with generating(loaded, folder) as generator:
        beside = asyncio.create_task(ask(generator, PROMPT, **FREE))
        with pytest.raises(ValidationFailed, match=r"parameters\.grammar\.value"):
            await ask(generator, PROMPT, max_new_tokens=100, grammar=complex_)

        assert await beside == await ask(generator, PROMPT, **FREE)
