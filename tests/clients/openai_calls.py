"""The routes of OpenAI, called by its own client; runs in the client's own environment.

Usage: openai_calls.py GATEWAY. Each call is a line of JSON: its name, how it was made, and what went wrong.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import openai
from pydantic import BaseModel

GATEWAY = sys.argv[1]
WRITER, EMBEDDER = "tiny/text-generation", "tiny/feature-extraction"
MESSAGES = [{"role": "user", "content": "Hello"}]


class Rain(BaseModel):
    rain: bool


TOOLS = [openai.pydantic_function_tool(Rain, name="tell")]


def chat(client: Any) -> bool:
    answer = client.chat.completions.create(model=WRITER, messages=MESSAGES, max_tokens=5)
    return isinstance(answer.choices[0].message.content, str) and answer.usage.completion_tokens > 0


def chat_stream(client: Any) -> bool:
    asked = {"model": WRITER, "messages": MESSAGES, "max_tokens": 5, "stream": True}
    parts = list(client.chat.completions.create(**asked, stream_options={"include_usage": True}))
    return parts[-1].usage.completion_tokens > 0


def chat_tools(client: Any) -> bool:
    asked = {"model": WRITER, "messages": MESSAGES, "max_tokens": 80, "tools": TOOLS}
    (call,) = client.chat.completions.parse(**asked, tool_choice="required").choices[0].message.tool_calls
    return isinstance(call.function.parsed_arguments, Rain)


def chat_tools_stream(client: Any) -> bool:
    asked = {"model": WRITER, "messages": MESSAGES, "max_tokens": 80, "tools": TOOLS}
    with client.chat.completions.stream(**asked, tool_choice="required") as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls
    return isinstance(call.function.parsed_arguments, Rain)


def chat_parse(client: Any) -> bool:
    asked = {"model": WRITER, "messages": MESSAGES, "max_tokens": 80}
    answer = client.chat.completions.parse(**asked, response_format=Rain)
    return isinstance(answer.choices[0].message.parsed, Rain)


def completion(client: Any) -> bool:
    answer = client.completions.create(model=WRITER, prompt="Once", max_tokens=5)
    return isinstance(answer.choices[0].text, str)


def completion_stream(client: Any) -> bool:
    parts = list(client.completions.create(model=WRITER, prompt="Once", max_tokens=5, stream=True))
    return all(isinstance(part.choices[0].text, str) for part in parts)


def embeddings(client: Any) -> bool:
    answer = client.embeddings.create(model=EMBEDDER, input=["Hello", "there"])
    return len(answer.data) == 2 and isinstance(answer.data[0].embedding[0], float)


def models(client: Any) -> bool:
    return WRITER in {model.id for model in client.models.list()}


CALLS: dict[Callable[[Any], bool], str] = {
    chat: WRITER,
    chat_stream: WRITER,
    chat_tools: WRITER,
    chat_tools_stream: WRITER,
    chat_parse: WRITER,
    completion: WRITER,
    completion_stream: WRITER,
    embeddings: EMBEDDER,
    models: WRITER,
}


def outcome(call: Callable[[Any], bool], url: str) -> str:
    try:
        client = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=120)
        return "" if call(client) else "unexpected answer"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]


for called, model in CALLS.items():
    for how, url in {"all models": f"{GATEWAY}/v1", "one model": f"{GATEWAY}/models/{model}/v1"}.items():
        told = {"call": called.__name__, "task": model.removeprefix("tiny/"), "how": how}
        print(json.dumps({**told, "problem": outcome(called, url)}), flush=True)
