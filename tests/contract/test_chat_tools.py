"""Chats that call functions or answer JSON, over HTTP, with the clients that people use."""

import json
from enum import StrEnum

import httpx2
import jsonschema
import openai
import pytest
from huggingface_hub import AsyncInferenceClient, InferenceClient
from pydantic import BaseModel, Field

import tiny_decoders
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service

TAGGED = """{% if tools %}{{ tools | tojson }} <tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>{% endif %}{% for m in messages %}
{{ m.role }}: {{ m.content }}{% for c in m.tool_calls or [] %}{{ c.function.arguments | tojson }}{% endfor %}
{% endfor %}"""
WEATHER = {
    "type": "object",
    "properties": {
        "place": {"enum": ["Rome", "Oslo"]},
        "days": {"type": "integer", "minimum": 1, "maximum": 9},
    },
    "required": ["place", "days"],
}
TOOLS = [
    {
        "type": "function",
        "function": {"name": "weather", "description": "Foretells it.", "parameters": WEATHER},
    },
    {"type": "function", "function": {"name": "now"}},
]
CHAT = [{"role": "user", "content": "Hello"}]
ASKED = {"messages": CHAT, "max_tokens": 200, "tools": TOOLS, "seed": 3}
SCHEMAS = {"weather": WEATHER, "now": {"maxProperties": 0}}


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """URLs of two models with chat templates: one tells of tools, the other does not."""
    root = tmp_path_factory.mktemp("tools")
    plain = tiny_decoders.make(root / "plain", "llama", positions=2048)
    tagged = tiny_decoders.make(root / "tagged", "llama", positions=2048)
    (tagged / "chat_template.jinja").write_text(TAGGED)

    def service(folder):
        return Service(settings(folder, root / "cache"), BuildHere())

    with live(service(plain)) as first, live(service(tagged)) as second:
        yield {"plain": first, "tagged": second}


@pytest.fixture(params=["plain", "tagged"])
def url(request, urls):
    return urls[request.param]


@pytest.fixture
def chats(url):
    with openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0) as client:
        yield client.chat.completions


@pytest.fixture
def refused(urls):
    """Ask, and give the error."""

    def by(**asked):
        answer = httpx2.post(urls["plain"] + "/v1/chat/completions", json={**ASKED, **asked})
        assert answer.status_code == 422
        return answer.json()["error"]["message"]

    return by


def assert_called(calls, names):
    assert calls
    for call in calls:
        assert call.function.name in names
        jsonschema.validate(json.loads(call.function.arguments), SCHEMAS[call.function.name])
    assert len({call.id for call in calls}) == len(calls)


@pytest.mark.parametrize("seed", range(4))
def test_openai_reads_the_calls_that_it_requires(chats, seed):
    answer = chats.create(
        model="any", **{**ASKED, "seed": seed}, tool_choice="required", parallel_tool_calls=False
    )

    (choice,) = answer.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    assert_called(choice.message.tool_calls, ["weather", "now"])


@pytest.mark.parametrize("name", ["weather", "now"])
def test_openai_reads_a_call_of_the_function_that_it_names(chats, name):
    answer = chats.create(model="any", **ASKED, tool_choice={"type": "function", "function": {"name": name}})

    (call,) = answer.choices[0].message.tool_calls
    assert_called([call], [name])


def joined(chunks):
    """Put a stream's deltas together, as clients do: the text, the calls, and why it ended."""
    text, calls, finish = "", {}, None
    for chunk in chunks:
        (choice,) = chunk.choices
        text += choice.delta.content or ""
        finish = choice.finish_reason or finish
        for told in choice.delta.tool_calls or ():
            call = calls.setdefault(told.index, {"id": "", "name": "", "arguments": ""})
            call["id"] += told.id or ""
            call["name"] += told.function.name or ""
            call["arguments"] += told.function.arguments
    return text, [(call["name"], call["arguments"]) for call in calls.values()], finish


@pytest.mark.parametrize("choice", ["auto", "required", "none"])
@pytest.mark.parametrize("seed", range(3))
def test_a_stream_tells_what_the_whole_answer_does(chats, choice, seed):
    asked = {**ASKED, "seed": seed, "tool_choice": choice, "model": "any"}
    (whole,) = chats.create(**asked).choices

    text, calls, finish = joined(chats.create(**asked, stream=True))

    told = [(one.function.name, one.function.arguments) for one in whole.message.tool_calls or ()]
    assert (text, calls, finish) == (whole.message.content or "", told, whole.finish_reason)
    assert bool(calls) == (choice == "required")


def test_openais_own_stream_helper_reads_the_calls(chats):
    with chats.stream(model="any", **ASKED, tool_choice="required", parallel_tool_calls=False) as stream:
        for _ in stream:
            pass
        (choice,) = stream.get_final_completion().choices

    assert_called(choice.message.tool_calls, ["weather", "now"])


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Review(BaseModel):
    stars: int = Field(ge=1, le=5)
    moods: list[Mood] = Field(max_length=3)
    again: bool | None


def test_openai_parses_an_answer_into_a_model(chats):
    answer = chats.parse(model="any", messages=CHAT, max_tokens=200, response_format=Review)

    assert isinstance(answer.choices[0].message.parsed, Review)


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_is_json_of_the_schema_whole_and_streamed(chats, seed):
    schema = {"name": "weather", "schema": WEATHER, "strict": True}
    asked = {"messages": CHAT, "model": "any", "max_tokens": 200, "seed": seed, "temperature": 2.0}
    asked["response_format"] = {"type": "json_schema", "json_schema": schema}

    answer = chats.create(**asked).choices[0]
    streamed, _, _ = joined(chats.create(**asked, stream=True))

    jsonschema.validate(json.loads(answer.message.content), WEATHER)
    assert streamed == answer.message.content
    assert answer.finish_reason == "stop"


def test_an_answer_is_an_object_where_json_is_asked_for(chats):
    answer = chats.create(
        model="any", messages=CHAT, max_tokens=40, response_format={"type": "json_object"}, seed=1
    )

    assert answer.choices[0].message.content.startswith("{")


def test_several_answers_all_have_the_form(chats):
    asked = {"type": "json_schema", "json_schema": {"name": "a", "schema": WEATHER}}

    answer = chats.create(model="any", messages=CHAT, n=3, response_format=asked, max_tokens=100, seed=1)

    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    for choice in answer.choices:
        jsonschema.validate(json.loads(choice.message.content), WEATHER)


def test_an_answer_that_may_call_or_be_json_is_one_of_both(chats):
    asked = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "boolean"}}}

    for seed in range(6):
        answer = chats.create(model="any", **{**ASKED, "seed": seed}, response_format=asked)
        message = answer.choices[0].message
        assert message.content in ("true", "false") if not message.tool_calls else message.content is None


def test_what_the_functions_gave_goes_back_into_the_chat(chats):
    first = chats.create(model="any", **ASKED, tool_choice="required", parallel_tool_calls=False)
    called = first.choices[0].message
    (call,) = called.tool_calls
    said = [*CHAT, called, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]

    answer = chats.create(model="any", **{**ASKED, "messages": said, "max_tokens": 5})

    assert answer.usage.prompt_tokens > first.usage.prompt_tokens


HUB_FORMATS = [
    {"type": "json", "value": WEATHER},
    {"type": "json_schema", "json_schema": {"name": "weather", "schema": WEATHER}},
]


@pytest.mark.parametrize("asked", HUB_FORMATS, ids=lambda asked: asked["type"])
def test_inference_client_gets_json_of_a_schema(url, asked):
    answer = InferenceClient(model=url).chat_completion(CHAT, response_format=asked, max_tokens=100)

    jsonschema.validate(json.loads(answer.choices[0].message.content), WEATHER)


def test_inference_client_gets_text_of_a_grammar(url):
    text = InferenceClient(model=url).text_generation(
        "It was", grammar={"type": "regex", "value": "(good|bad)!"}, return_full_text=False
    )

    assert text in ("good!", "bad!")


@pytest.mark.parametrize(
    "choice", ["weather", "required", {"type": "function", "function": {"name": "weather"}}]
)
def test_inference_client_reads_calls(url, choice):
    answer = InferenceClient(model=url).chat_completion(CHAT, tools=TOOLS, tool_choice=choice, max_tokens=200)

    assert_called(answer.choices[0].message.tool_calls[:1], ["weather", "now"])


async def test_inference_client_reads_streamed_calls(url):
    asked = {"tools": TOOLS, "tool_choice": "weather", "max_tokens": 200, "stream": True}
    async with AsyncInferenceClient(model=url) as client:
        told = [chunk async for chunk in await client.chat_completion(CHAT, **asked)]

    text, ((name, arguments),), finish = joined(told)
    assert (text, name, finish) == ("", "weather", "tool_calls")
    jsonschema.validate(json.loads(arguments), WEATHER)
    assert all(chunk.choices[0].delta.role == "assistant" for chunk in told)


OLD = {"user-agent": "unknown/None; hf_hub/0.27.1; python/3.11"}


def test_older_clients_of_the_hub_are_told_the_arguments_as_an_object(url):
    asked = {**ASKED, "tool_choice": "weather"}

    answer = httpx2.post(url + "/v1/chat/completions", json=asked, headers=OLD).json()

    (call,) = answer["choices"][0]["message"]["tool_calls"]
    jsonschema.validate(call["function"]["arguments"], WEATHER)


def test_older_clients_of_the_hub_are_told_one_call_in_a_chunk(url):
    asked = {**ASKED, "tool_choice": "weather", "stream": True}

    answer = httpx2.post(url + "/v1/chat/completions", json=asked, headers=OLD).text

    chunks = [json.loads(line[6:]) for line in answer.splitlines() if line.startswith("data: {")]
    told = [call for chunk in chunks if (call := chunk["choices"][0]["delta"].get("tool_calls"))]
    assert {type(call) for call in told} == {dict}
    assert told[0]["function"]["name"] == "weather"


def tool(name="weather", **more):
    return {"type": "function", "function": {"name": name, **more}}


BAD = {
    "a tool of another type": ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
    "a tool without a name": ({"tools": [{"type": "function", "function": {}}]}, "tools.0.function.name"),
    "a name with a space": ({"tools": [tool("the weather")]}, "tools.0.function.name"),
    "two of one name": ({"tools": [tool(), tool()]}, "two functions are called weather"),
    "parameters that are no schema": ({"tools": [tool(parameters="x")]}, "tools.0.function.parameters"),
    "parameters of an unknown type": (
        {"tools": [tool("now"), tool(parameters={"properties": {"a": {"type": "frog"}}})]},
        "tools.1.function.parameters`: Invalid type: frog",
    ),
    "too many tools": ({"tools": [tool(f"f{number}") for number in range(129)]}, "tools"),
    "a choice of what is not offered": ({"tool_choice": "frog"}, "offered in `tools` are: weather, now"),
    "a choice of no tools": ({"tools": [], "tool_choice": "required"}, "`tool_choice` is required"),
    "a call of no function": ({"messages": [{"role": "assistant", "tool_calls": [{}]}]}, "tool_calls.0"),
    "a format of an unknown type": ({"response_format": {"type": "xml"}}, "response_format.type"),
    "a format without a schema": ({"response_format": {"type": "json_schema"}}, "json_schema` is required"),
    "a format with a bad schema": (
        {"tools": None, "response_format": {"type": "json_object", "value": {"type": "frog"}}},
        "response_format.value`: Invalid type: frog",
    ),
    "a format that is no pattern": ({"response_format": {"type": "regex", "value": {}}}, "must be a string"),
    "streaming several": ({"n": 2, "stream": True}, "`n` must be 1"),
    "too many answers": ({"n": 100}, "Error in `n`"),
    "a bias of a word": ({"logit_bias": {"hello": 1}}, "logit_bias"),
    "a bias beyond bounds": ({"logit_bias": {"5": 101}}, "logit_bias"),
    "alternatives without probabilities": ({"top_logprobs": 2}, "`logprobs` must be true"),
    "functions as of old": ({"functions": [{"name": "a"}]}, "Error in `functions`"),
    "sounds": ({"modalities": ["text", "audio"]}, "modalities.1"),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "why"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_answered_is_refused_with_the_field(refused, asked, why):
    assert why in refused(**asked)


def test_several_answers_come_behind_a_prompt_that_is_counted_once(urls):
    asked = {"prompt": ["It", "It was"], "n": 2, "echo": True, "max_tokens": 2, "seed": 1}

    several = httpx2.post(urls["plain"] + "/v1/completions", json=asked).json()
    one = httpx2.post(urls["plain"] + "/v1/completions", json={**asked, "n": 1}).json()

    assert [choice["text"][:6] for choice in several["choices"][2:]] == ["It was", "It was"]
    assert several["usage"]["prompt_tokens"] == one["usage"]["prompt_tokens"]


@pytest.mark.parametrize("greedy", [{"do_sample": False}, {"top_k": 1}, {"temperature": 0}])
def test_every_way_to_ask_for_the_likeliest_gives_it(urls, greedy):
    asked = {"prompt": "It was", "max_tokens": 6, **greedy}

    texts = [
        httpx2.post(urls["plain"] + "/v1/completions", json=asked).json()["choices"][0] for _ in range(2)
    ]
    likeliest = httpx2.post(
        urls["plain"], json={"inputs": "It was", "parameters": {"max_new_tokens": 6}}
    ).json()

    assert {"It was" + text["text"] for text in texts} == {likeliest[0]["generated_text"]}


def test_a_bias_decides_what_is_said(urls):
    with openai.OpenAI(base_url=urls["plain"] + "/v1", api_key="none", max_retries=0) as client:
        answer = client.completions.create(
            model="any", prompt="It was", max_tokens=4, temperature=0, logit_bias={"70": 100}, logprobs=1
        )

    assert set(answer.choices[0].logprobs.tokens) == {"e"}


def test_texts_are_guided_at_the_route_that_the_javascript_client_asks(urls):
    asked = {"prompt": "It was", "grammar": {"type": "regex", "value": "(good|bad)!"}, "model": "any"}

    answer = httpx2.post(urls["plain"] + "/v1/completions", json=asked).json()

    assert answer["choices"][0]["text"] in ("good!", "bad!")
