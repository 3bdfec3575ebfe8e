"""Every task method of huggingface_hub's InferenceClient, called once; runs in the client's own environment.

Usage: hub_calls.py GATEWAY IMAGE SOUND TABLE [TASK …]. The models are GATEWAY/models/tiny/<task>. Each call
is a line of JSON: its name, how it was made, and what went wrong, if anything did.
"""

import asyncio
import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GATEWAY, IMAGE, SOUND = sys.argv[1:4]
TABLE = json.loads(sys.argv[4])
TASKS = set(sys.argv[5:])
os.environ["HF_INFERENCE_ENDPOINT"] = GATEWAY  # read when the library is imported
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from huggingface_hub import AsyncInferenceClient, InferenceClient  # noqa: E402

CELLS = {"name": ["moon", "sun"], "stars": ["3", "5"]}
MESSAGES = [{"role": "user", "content": "Hello"}]
RAIN = {"type": "object", "properties": {"rain": {"type": "boolean"}}, "required": ["rain"]}
TOOLS = [{"type": "function", "function": {"name": "tell", "parameters": RAIN}}]
AS_JSON = {"type": "json_schema", "json_schema": {"name": "rain", "schema": RAIN}}


def labelled(answer: Any) -> bool:
    return isinstance(answer[0].label, str) and isinstance(answer[0].score, float)


def has(*names: str) -> Callable[[Any], bool]:
    def check(answer: Any) -> bool:
        one = answer[0] if isinstance(answer, list) else answer
        return all(getattr(one, name) is not None for name in names)

    return check


def text(answer: Any) -> bool:
    return isinstance(answer, str)


def numbers(answer: Any) -> bool:
    return all(isinstance(float(value), float) for value in answer)


def tells_of_rain(told: Any) -> bool:
    told = json.loads(told) if isinstance(told, str) else told
    return list(told) == ["rain"] and told["rain"] in (True, False)


def called(answer: Any) -> bool:
    function = answer.choices[0].message.tool_calls[0].function
    return function.name == "tell" and tells_of_rain(function.arguments)


def called_in_parts(parts: Any) -> bool:
    told = [part.choices[0].delta.tool_calls for part in parts if part.choices[0].delta.tool_calls]
    functions = [
        (one[0] if isinstance(one, list) else one).function for one in told
    ]  # one alone in old versions
    return functions[0].name == "tell" and tells_of_rain("".join(one.arguments for one in functions))


@dataclass
class Call:
    name: str
    task: str
    method: str
    arguments: tuple[Any, ...]
    check: Callable[[Any], bool]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def ways(self) -> tuple[str, ...]:
        """How the client can call the method: some ask by the model's URL, or by its id, alone."""
        if self.method == "get_model_status":
            return ("endpoint",)
        return ("sync", "async") if self.method == "health_check" else ("sync", "async", "endpoint")


def call(
    task: str, *arguments: Any, check: Callable[[Any], bool], method: str = "", as_: str = "", **options: Any
) -> Call:
    method = method or task.replace("-", "_")
    return Call(as_ or method, task, method, arguments, check, options)


CALLS: list[Call] = [
    call("feature-extraction", "Hello there", check=lambda answer: answer.dtype == "float32"),
    call("sentence-similarity", "A cat", check=numbers, other_sentences=["A kitten", "Stocks"]),
    call("text-classification", "I like this", check=labelled),
    call("zero-shot-classification", "I was charged twice", ["refund", "praise"], check=labelled),
    call("token-classification", "Anna lives in Rome", check=has("word", "score", "start", "end")),
    call("fill-mask", "a [MASK] day", check=has("sequence", "token_str", "score")),
    call("question-answering", check=has("answer", "score"), question="Who?", context="Anna lives in Rome"),
    call("table-question-answering", CELLS, "How many stars?", check=has("answer", "cells", "aggregator")),
    call("summarization", "The tower is 324 metres tall.", check=has("summary_text")),
    call("translation", "Hello", check=has("translation_text")),
    call("text-generation", "Once", check=text, max_new_tokens=5),
    call("text-generation", "Once", check=has("generated_text", "details"), as_="text_generation details",
         max_new_tokens=5, details=True),
    call("text-generation", "Once", check=lambda parts: all(map(text, parts)), as_="text_generation stream",
         max_new_tokens=5, stream=True),
    call("text-generation", "Once", check=lambda parts: parts[-1].details is not None,
         as_="text_generation stream details", max_new_tokens=5, stream=True, details=True),
    call("text-generation", MESSAGES, check=has("choices", "usage"), method="chat_completion", max_tokens=5),
    call("text-generation", MESSAGES, check=lambda parts: len(parts) > 0, method="chat_completion",
         as_="chat_completion stream", max_tokens=5, stream=True),
    call("text-generation", MESSAGES, check=called, method="chat_completion", as_="chat_completion tools",
         tools=TOOLS, tool_choice="tell", max_tokens=80),
    call("text-generation", MESSAGES, check=called_in_parts, method="chat_completion", max_tokens=80,
         as_="chat_completion tools stream", tools=TOOLS, tool_choice="required", stream=True),
    call("text-generation", MESSAGES, check=lambda answer: tells_of_rain(answer.choices[0].message.content),
         method="chat_completion", as_="chat_completion response_format", response_format=AS_JSON, max_tokens=80),
    call("text-generation", MESSAGES, check=lambda answer: tells_of_rain(answer.choices[0].message.content),
         method="chat_completion", as_="chat_completion response_format as TGI has it", max_tokens=80,
         response_format={"type": "json", "value": RAIN}),
    call("text-generation", "Once", check=lambda told: told in ("yes", "no"), as_="text_generation grammar",
         grammar={"type": "regex", "value": "yes|no"}, return_full_text=False),
    call("image-classification", IMAGE, check=labelled),
    call("image-classification", Path(IMAGE).read_bytes(), check=labelled, as_="image_classification bytes", top_k=2),
    call("object-detection", IMAGE, check=lambda found: all(box.box.xmin is not None for box in found), threshold=0.0),
    call("image-segmentation", IMAGE, check=has("label", "mask")),
    call("zero-shot-image-classification", IMAGE, ["cat", "dog"], check=labelled),
    call("image-to-text", IMAGE, check=has("generated_text")),
    call("visual-question-answering", check=has("answer", "score"), image=IMAGE, question="What is it?"),
    call("document-question-answering", check=has("answer"), image=IMAGE, question="What is it?"),
    call("image-to-image", IMAGE, check=has("size"), prompt="a cat"),
    call("text-to-image", "a cat", check=has("size"), num_inference_steps=2),
    call("automatic-speech-recognition", SOUND, check=lambda answer: isinstance(answer.text, str)),
    call("audio-classification", SOUND, check=labelled),
    call("text-to-speech", "hello", check=lambda sound: sound[:4] == b"fLaC"),
    call("audio-to-audio", SOUND, check=lambda sounds: isinstance(sounds[0].blob, (bytes, str))),
    call("tabular-classification", TABLE, check=numbers),
    call("tabular-regression", TABLE, check=numbers),
    call("text-classification", check=lambda info: info["model_id"], method="get_endpoint_info"),
    call("text-classification", check=lambda healthy: healthy is True, method="health_check"),
    call("text-classification", check=has("state", "framework"), method="get_model_status"),
]  # fmt: skip


def client_of(one: Call, kind: Any, how: str) -> Any:
    """Make a client of a model: by its URL, or by its id at HF_INFERENCE_ENDPOINT."""
    model = "tiny/" + one.task
    options: dict[str, Any] = {"timeout": 120}
    probes = one.method in ("get_endpoint_info", "health_check")
    if probes and "provider" in inspect.signature(kind).parameters:
        options["provider"] = "hf-inference"
    return kind(model if how == "endpoint" else GATEWAY + "/models/" + model, **options)


def made(one: Call, client: Any) -> Any:
    return getattr(client, one.method)(*one.arguments, **one.options)


def listed(answer: Any) -> Any:
    is_stream = inspect.isgenerator(answer) or type(answer).__name__ in ("generator", "Stream")
    return list(answer) if is_stream else answer


async def awaited(one: Call, how: str) -> Any:
    client = client_of(one, AsyncInferenceClient, how)
    answer = await made(one, client)
    return [part async for part in answer] if hasattr(answer, "__anext__") else answer


def outcome(one: Call, how: str) -> str:
    """Give what went wrong; nothing where nothing did."""
    try:
        if how == "async":
            answer = asyncio.run(asyncio.wait_for(awaited(one, how), 150))
        else:
            client = client_of(one, InferenceClient, how)  # streams end with their client
            answer = listed(made(one, client))
        return "" if one.check(answer) else "unexpected answer: " + repr(answer)[:300]
    except Exception as error:
        return type(error).__name__ + ": " + str(error)[:500]


def main() -> None:
    ways = ["sync", "async", "endpoint"] if os.environ.get("BY_ID") else ["sync", "async"]
    for one in CALLS:
        for how in ways:
            if one.task in TASKS and hasattr(InferenceClient, one.method) and how in one.ways:
                problem = outcome(one, how)
                print(
                    json.dumps({"call": one.name, "task": one.task, "how": how, "problem": problem}),
                    flush=True,
                )


main()
