"""Generating over HTTP, with the clients that people use."""

import httpx2
import openai
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import ValidationError

import tiny_decoders
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service

CHAT = [{"role": "user", "content": "Hello"}]
PROMPT = "The waiter forgot our order"


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """URLs of a GPT-2 and of a Llama that has a chat template."""
    root = tmp_path_factory.mktemp("clients")

    def service(name):
        folder = tiny_decoders.make(root / name, name)
        return Service(settings(folder, root / "cache", limits={"maxQueue": 8}), BuildHere())

    with live(service("gpt2")) as gpt2, live(service("llama")) as llama:
        yield {"gpt2": gpt2, "llama": llama}


@pytest.fixture
def inference(urls):
    return InferenceClient(model=urls["gpt2"])


@pytest.fixture
def completions(urls):
    with openai.OpenAI(base_url=urls["gpt2"] + "/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def chats(urls):
    with openai.OpenAI(base_url=urls["llama"] + "/v1", api_key="none", max_retries=0) as client:
        yield client


def test_inference_client_reads_a_text(inference):
    text = inference.text_generation(PROMPT, max_new_tokens=8)

    assert text.startswith(PROMPT)
    assert inference.text_generation(PROMPT, max_new_tokens=8, return_full_text=False) == text[len(PROMPT) :]


def test_inference_client_reads_details(inference):
    output = inference.text_generation(
        PROMPT, max_new_tokens=8, details=True, decoder_input_details=True, seed=7, temperature=0.9
    )

    assert output.details.finish_reason == "length"
    assert (output.details.generated_tokens, output.details.seed) == (8, 7)
    assert "".join(token.text for token in output.details.prefill) == PROMPT
    assert output.generated_text == PROMPT + "".join(token.text for token in output.details.tokens)


def test_inference_client_reads_a_stream(inference):
    whole = inference.text_generation(PROMPT, max_new_tokens=12, return_full_text=False)

    outputs = list(
        inference.text_generation(
            PROMPT, max_new_tokens=12, return_full_text=False, stream=True, details=True
        )
    )

    assert [output.index for output in outputs] == list(range(1, 13))
    assert "".join(output.token.text for output in outputs) == outputs[-1].generated_text == whole
    assert outputs[-1].details.finish_reason == "length"
    assert outputs[-1].details.input_length > 1


def test_inference_client_gets_the_same_text_for_the_same_seed(inference):
    texts = {
        inference.text_generation(PROMPT, max_new_tokens=12, do_sample=True, top_p=0.9, seed=seed)
        for seed in (1, 1, 2)
    }

    assert len(texts) == 2


def test_inference_client_is_told_what_is_invalid(inference):
    with pytest.raises(ValidationError, match="max_new_tokens"):
        inference.text_generation(PROMPT, max_new_tokens=1000)


def test_a_stop_string_ends_the_text_and_is_part_of_it(inference):
    whole = inference.text_generation(PROMPT, max_new_tokens=30, return_full_text=False)
    stop = whole[5:8]

    output = inference.text_generation(
        PROMPT, max_new_tokens=30, return_full_text=False, stop=[stop], details=True
    )

    assert output.details.finish_reason == "stop_sequence"
    assert output.generated_text == whole[: whole.index(stop) + len(stop)]


def test_the_frames_of_a_stream_are_those_of_text_generation_inference(urls):
    body = {"inputs": PROMPT, "stream": True, "parameters": {"max_new_tokens": 2}}

    answer = httpx2.post(urls["gpt2"], json=body)

    first, last, rest = answer.text.split("\n\n")
    assert answer.headers["content-type"] == "text/event-stream"
    assert first.startswith('data:{"index":1,"token":{"id":')
    assert first.endswith('"generated_text":null,"details":null}')
    assert '"generated_text":"' + PROMPT in last
    assert rest == ""


INVALID = {
    "no inputs": {"parameters": {}},
    "an unknown parameter": {"inputs": "a", "parameters": {"max_new_token": 1}},
    "a temperature of zero": {"inputs": "a", "parameters": {"temperature": 0}},
    "best_of without sampling": {"inputs": "a", "parameters": {"best_of": 2}},
    "a stream of two": {"inputs": ["a", "b"], "stream": True},
    "an empty prompt": {"inputs": ""},
    "a watermark": {"inputs": "a", "parameters": {"watermark": True}},
    "a prompt too long": {"inputs": "word " * 400},
}


@pytest.mark.parametrize("body", INVALID.values(), ids=INVALID.keys())
def test_invalid_requests_are_refused_in_the_words_of_text_generation_inference(urls, body):
    answer = httpx2.post(urls["gpt2"], json=body)

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("Input validation error: ")
    assert answer.json()["error_type"] == "validation"


def test_several_texts_are_given_for_a_prompt_and_a_list_for_a_list(urls):
    asked = {"max_new_tokens": 3, "do_sample": True, "num_return_sequences": 2, "seed": 1}

    several = httpx2.post(urls["gpt2"], json={"inputs": "a", "parameters": asked}).json()
    listed = httpx2.post(urls["gpt2"], json={"inputs": ["a", "b"], "parameters": asked}).json()

    assert len({one["generated_text"] for one in several}) == 2
    assert listed[0] == several
    assert listed[1][0]["generated_text"].startswith("b")


def test_the_best_of_several_comes_with_the_others(urls):
    asked = {"max_new_tokens": 3, "do_sample": True, "best_of": 3, "details": True}

    (answer,) = httpx2.post(urls["gpt2"], json={"inputs": "a", "parameters": asked}).json()

    assert len(answer["details"]["best_of_sequences"]) == 2


def test_openai_completes_a_text(completions, inference):
    answer = completions.completions.create(model="any", prompt=PROMPT, max_tokens=8, temperature=0)

    assert answer.choices[0].text == inference.text_generation(
        PROMPT, max_new_tokens=8, return_full_text=False
    )
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 8


def test_openai_streams_a_completion_without_its_stop_string(completions):
    asked = {"model": "any", "prompt": PROMPT, "max_tokens": 30, "temperature": 0}
    whole = completions.completions.create(**asked).choices[0].text
    stop = whole[6:9]

    chunks = list(completions.completions.create(**asked, stop=stop, stream=True))

    assert "".join(chunk.choices[0].text for chunk in chunks) == whole[: whole.index(stop)]
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_openai_chats(chats):
    messages = [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]

    answer = chats.chat.completions.create(
        model="any", messages=messages, max_tokens=6, seed=3, logprobs=True, top_logprobs=2
    )

    (choice,) = answer.choices
    assert choice.message.role == "assistant"
    assert len(choice.logprobs.content) == answer.usage.completion_tokens
    assert len(choice.logprobs.content[0].top_logprobs) == 2


def test_openai_streams_a_chat_and_tells_what_it_used(chats):
    asked = {"model": "any", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 6, "seed": 3}
    whole = chats.chat.completions.create(**asked)

    *chunks, last = chats.chat.completions.create(
        **asked, stream=True, stream_options={"include_usage": True}
    )

    *said, ended = (chunk.choices[0] for chunk in chunks)
    assert "".join(choice.delta.content for choice in said) == whole.choices[0].message.content
    assert [choice.delta.role for choice in said] == ["assistant", *[None] * (len(said) - 1)]
    assert (ended.delta.content, ended.finish_reason) == (None, "length")
    assert last.usage == whole.usage


def test_inference_client_is_told_in_every_chunk_of_a_chat_who_speaks(urls):
    chat = InferenceClient(model=urls["llama"])

    told = [chunk.choices[0] for chunk in chat.chat_completion(CHAT, max_tokens=3, stream=True)]

    assert [choice.delta.role for choice in told] == ["assistant"] * 3
    assert all(isinstance(choice.delta.content, str) for choice in told)
    assert [choice.finish_reason for choice in told] == [None, None, "length"]


def test_inference_client_is_told_what_is_wrong_with_a_chat_as_a_text(urls):
    headers = {"user-agent": "unknown/None; hf_hub/0.27.1; python/3.11"}

    told = httpx2.post(urls["llama"] + "/v1/chat/completions", json={"messages": []}, headers=headers).json()

    assert told["error"].startswith("Input validation error: Error in `messages`")
    assert told["error_type"] == "validation"


def test_a_model_without_a_chat_template_says_so(completions):
    with pytest.raises(openai.UnprocessableEntityError, match="template not found"):
        completions.chat.completions.create(model="any", messages=[{"role": "user", "content": "Hello"}])


def test_the_model_is_listed(completions):
    assert [model.id for model in completions.models.list()] == ["tests/gpt2"]


def test_hanging_up_frees_the_place(urls):
    body = {"inputs": PROMPT, "stream": True, "parameters": {"max_new_tokens": 100}}
    for _ in range(40):  # more than there are places and room in the queue
        with httpx2.stream("POST", urls["gpt2"], json=body) as answer:
            next(answer.iter_lines())

    assert httpx2.post(urls["gpt2"], json={"inputs": "a", "parameters": {"max_new_tokens": 1}}).is_success
