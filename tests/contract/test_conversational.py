"""Conversations in the shape of the classic service, with decoders and with encoders that have one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

import tiny_decoders
import tiny_seq2seq
from served import Served, serve
from tenfold_runtime.errors import RequestError

SAID = {
    "past_user_inputs": ["Does it rain?"],
    "generated_responses": ["It rains all week."],
    "text": "Where is Anna?",
}
GREEDY = {"max_new_tokens": 8}
BODY = {"inputs": SAID, "parameters": GREEDY}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Callable[[str], Served]:
    """Give a decoder, or the BlenderBot, by its name."""
    root, loaded = tmp_path_factory.mktemp("models"), {}

    def by(name: str) -> Served:
        if name not in loaded:
            made = tiny_seq2seq.blenderbot if name == "blenderbot" else tiny_decoders.make
            folder = made(root / name) if name == "blenderbot" else made(root / name, name)
            loaded[name] = serve(folder, cache)
        return loaded[name]

    return by


@pytest.mark.parametrize("name", ["llama", "gpt2", "blenderbot"])
def test_an_answer_tells_the_reply_and_the_conversation_with_it(
    name: str, served: Callable[[str], Served]
) -> None:
    answer = served(name).ask(BODY)

    reply = answer["generated_text"]
    assert answer == {
        "generated_text": reply,
        "conversation": {
            "past_user_inputs": [*SAID["past_user_inputs"], SAID["text"]],
            "generated_responses": [*SAID["generated_responses"], reply],
        },
        "warnings": [],
    }


def test_a_decoder_with_a_chat_template_replies_as_it_does_in_a_chat(served: Callable[[str], Served]) -> None:
    messages = [
        {"role": "user", "content": "Does it rain?"},
        {"role": "assistant", "content": "It rains all week."},
        {"role": "user", "content": "Where is Anna?"},
    ]

    chat = served("llama").call(
        "/v1/chat/completions", {"messages": messages, "temperature": 0, "max_tokens": 8}
    )

    assert served("llama").ask(BODY)["generated_text"] == chat["choices"][0]["message"]["content"].strip()


def test_a_decoder_without_one_goes_on_from_the_turns(served: Callable[[str], Served]) -> None:
    turns = "Does it rain?</s>It rains all week.</s>Where is Anna?</s>"

    (text,) = served("gpt2").ask({"inputs": turns, "parameters": {**GREEDY, "return_full_text": False}})

    assert served("gpt2").ask(BODY)["generated_text"] == text["generated_text"].strip()


def test_an_encoder_with_a_decoder_reads_the_turns_and_replies(tmp_path: Path, cache: Path) -> None:
    folder = tiny_seq2seq.blenderbot(tmp_path / "talks")
    pipeline = transformers.pipeline("text2text-generation", str(folder), device="cpu")

    (expected,) = pipeline("Does it rain?  It rains all week.  Where is Anna?", max_new_tokens=8)

    assert serve(folder, cache).ask(BODY)["generated_text"] == expected["generated_text"].strip()


@pytest.mark.parametrize("name", ["llama", "gpt2", "blenderbot"])
def test_of_a_long_conversation_the_oldest_turns_are_left_out(
    name: str, served: Callable[[str], Served]
) -> None:
    long = {
        "past_user_inputs": ["rain " * 20] * 30,
        "generated_responses": ["rain " * 20] * 30,
        "text": "No.",
    }

    answer = served(name).ask({"inputs": long, "parameters": GREEDY})

    assert len(answer["conversation"]["past_user_inputs"]) == 31


@pytest.mark.parametrize("name", ["gpt2", "blenderbot"])
def test_a_conversation_may_begin_with_a_text(name: str, served: Callable[[str], Served]) -> None:
    begun = served(name).ask({"inputs": {"text": "Hello"}, "parameters": GREEDY})

    assert begun == served(name).ask({"inputs": "Hello", "parameters": GREEDY}, task="conversational")


def test_a_decoder_named_for_conversations_generates_text_too(tmp_path: Path, cache: Path) -> None:
    served = serve(tiny_decoders.make(tmp_path / "talks", "gpt2"), cache, task="conversational")

    assert served.ask(BODY)["generated_text"] is not None
    assert served.ask({"inputs": "Hello"})[0]["generated_text"].startswith("Hello")


@pytest.mark.parametrize("name", ["gpt2", "blenderbot"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"inputs": {"text": ""}}, "`inputs.text`"),
        ({"inputs": {"text": "a", "past_user_inputs": ["b"]}}, "`past_user_inputs` has 1 texts"),
        ({"inputs": {"past_user_inputs": []}}, "`inputs.text`: field required"),
        ({"inputs": {"text": "a"}, "parameters": {"max_length": 0}}, "`parameters.max_length`"),
    ],
)
def test_what_is_no_conversation_is_refused(
    body: Any, said: str, name: str, served: Callable[[str], Served]
) -> None:
    with pytest.raises(RequestError) as refused:
        served(name).ask(body)

    assert refused.value.status == 400
    assert said in str(refused.value)
