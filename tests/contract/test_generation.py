"""Generating gives what transformers' generate gives on the same weights."""

import asyncio

import pytest
import torch
import transformers

import tiny_decoders
from generating import ask, generating, load, stream
from tenfold_runtime.conversion.calibration import SENTENCES

NAMES = [*tiny_decoders.DECODERS, *tiny_decoders.ON_TORCH]
PROMPTS = [SENTENCES[8], SENTENCES[3], "No", SENTENCES[0]]  # of different lengths


@pytest.fixture(scope="session")
def decoder(tmp_path_factory):
    """Give a decoder's folder, and the decoder loaded, by name."""
    root, made = tmp_path_factory.mktemp("decoders"), {}

    def by(name):
        if name not in made:
            folder = tiny_decoders.make(root / name, name)
            made[name] = folder, load(folder, root / "cache")
        return made[name]

    return by


@pytest.fixture(scope="session")
def expected(decoder):
    """Give the ids of new tokens that transformers generates, by name of the decoder and prompt."""
    models = {}

    def by(name, prompt, **options):
        folder, _ = decoder(name)
        if name not in models:
            tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
            models[name] = transformers.AutoModelForCausalLM.from_pretrained(folder).eval(), tokenizer
        model, tokenizer = models[name]
        ids = tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
        out = model.generate(
            **ids, **{"max_new_tokens": 24, "do_sample": False, "pad_token_id": 0, **options}
        )
        new = out[0, ids["input_ids"].shape[1] :].tolist()
        return new, tokenizer.decode(new, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    return by


def told(answer):
    """The ids of a detailed answer."""
    return [token["id"] for token in answer[0]["details"]["tokens"]]


@pytest.mark.parametrize("name", NAMES)
async def test_greedy_tokens_and_text_equal_those_of_transformers(name, decoder, expected):
    folder, loaded = decoder(name)
    async with generating(loaded, folder) as generator:
        for prompt in PROMPTS:
            ids, text = expected(name, prompt)
            answer = await ask(generator, prompt, max_new_tokens=24, details=True)

            assert told(answer) == ids
            assert answer[0]["generated_text"] == prompt + text


@pytest.mark.parametrize("name", NAMES)
async def test_prompts_of_different_lengths_side_by_side_equal_their_lone_runs(name, decoder, expected):
    folder, loaded = decoder(name)
    async with generating(loaded, folder) as generator:
        answers = await asyncio.gather(
            *(ask(generator, prompt, max_new_tokens=24, details=True) for prompt in PROMPTS)
        )

    assert [told(answer) for answer in answers] == [expected(name, prompt)[0] for prompt in PROMPTS]


@pytest.mark.parametrize("name", NAMES)
async def test_a_request_that_joins_midway_equals_its_lone_run(name, decoder, expected):
    folder, loaded = decoder(name)
    async with generating(loaded, folder) as generator:
        events = stream(generator, PROMPTS[0], max_new_tokens=60)
        begun = [(await anext(events))["token"]["id"] for _ in range(3)]
        joined = await ask(generator, PROMPTS[3], max_new_tokens=24, details=True)
        first = begun + [event["token"]["id"] async for event in events]

    assert told(joined) == expected(name, PROMPTS[3])[0]
    assert first == expected(name, PROMPTS[0], max_new_tokens=60)[0]


@pytest.mark.parametrize("penalty", [0.7, 1.3])
async def test_a_repetition_penalty_is_that_of_transformers(penalty, decoder, expected):
    folder, loaded = decoder("gpt2")
    async with generating(loaded, folder) as generator:
        answer = await ask(generator, PROMPTS[0], max_new_tokens=24, details=True, repetition_penalty=penalty)

    assert told(answer) == expected("gpt2", PROMPTS[0], repetition_penalty=penalty)[0]


async def test_a_long_prompt_taken_up_in_parts_equals_one_taken_up_at_once(decoder, expected):
    folder, loaded = decoder("llama")
    prompt = " ".join(SENTENCES[:3])
    async with generating(loaded, folder) as generator:
        generator.worker._batch._chunk = 16
        neighbour = asyncio.create_task(ask(generator, "No", max_new_tokens=40))
        answer = await ask(generator, prompt, max_new_tokens=24, details=True)
        await neighbour

    assert told(answer) == expected("llama", prompt)[0]


@pytest.mark.parametrize("name", ["gpt2", "llama"])
async def test_a_prompt_that_begins_like_an_earlier_one_equals_its_lone_run(name, decoder, expected):
    folder, loaded = decoder(name)
    prompt = " ".join(SENTENCES[:4])
    async with generating(loaded, folder) as generator:
        earlier = await ask(generator, prompt + " No", max_new_tokens=8, details=True)
        answer = await ask(generator, prompt + " Yes", max_new_tokens=8, details=True)

    assert told(earlier) == expected(name, prompt + " No", max_new_tokens=8)[0]
    assert told(answer) == expected(name, prompt + " Yes", max_new_tokens=8)[0]


async def test_the_probabilities_told_are_those_of_the_model(decoder):
    folder, loaded = decoder("llama")
    async with generating(loaded, folder) as generator:
        answer = await ask(
            generator, PROMPTS[0], max_new_tokens=5, decoder_input_details=True, top_n_tokens=3
        )
    details = answer[0]["details"]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = torch.tensor([[one["id"] for one in details["prefill"]] + told(answer)])
    logprobs = model(ids).logits[0].log_softmax(-1)
    chances = logprobs[torch.arange(ids.shape[1] - 1), ids[0, 1:]].tolist()
    given = [one["logprob"] for one in (*details["prefill"][1:], *details["tokens"])]

    assert details["prefill"][0]["logprob"] is None
    assert given == pytest.approx(chances, abs=1e-3)
    assert [top[0]["id"] for top in details["top_tokens"]] == told(answer)
