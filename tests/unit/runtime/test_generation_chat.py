"""Chat templates write what transformers writes, in a sandbox."""

import json

import pytest
import transformers

import tiny_decoders
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.generation import facts
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.errors import TemplateFailed
from tenfold_runtime.generation.openai_requests import Message

MESSAGES = [
    {"role": "system", "content": "Be brief. \u20ac"},
    {"role": "user", "content": "Why does the moon look larger?"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_decoders.make(tmp_path_factory.mktemp("chat") / "llama", "llama")


def test_a_prompt_is_what_transformers_writes(folder):
    known = facts.read(ModelFolder(folder))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    expected = tokenizer.apply_chat_template(MESSAGES, tokenize=False, add_generation_prompt=True)

    assert ChatTemplate(known.chat_template, known.special_tokens).prompt(MESSAGES) == expected


ROUND = (
    "{% for m in messages %}{% if m.role == 'x' %}{% break %}{% endif %}"
    "{% generation %}{{ m | tojson }}{% endgeneration %}{% endfor %}"
)


def test_what_templates_use_beyond_jinja_is_there(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    expected = tokenizer.apply_chat_template(MESSAGES, chat_template=ROUND, tokenize=False)

    assert ChatTemplate(ROUND, {}).prompt(MESSAGES) == expected


REFUSED = {
    "raised by the template": "{{ raise_exception('roles must alternate') }}",
    "broken": "{% for %}",
    "reaching out of the sandbox": "{{ messages.__class__.__mro__[1].__subclasses__() }}",
    "changing the messages": "{{ messages.append(1) }}",
    "failing on these messages": "{{ messages[0]['content'] + 1 }}",
}


@pytest.mark.parametrize("source", REFUSED.values(), ids=REFUSED.keys())
def test_a_template_that_fails_says_so(source):
    with pytest.raises(TemplateFailed, match="Template error"):
        ChatTemplate(source, {}).prompt(MESSAGES)


TOOLS = [
    {"type": "function", "function": {"name": "now", "description": "The time. \u20ac", "parameters": {}}}
]
CALLS = [
    *MESSAGES,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "now", "arguments": '{"zone": 1}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "noon"}]},
]
TELLING = """{{ tools | tojson }}{% for m in messages %}{{ m.role }}{{ m.content }}{{ m.tool_call_id }}
{%- for call in m.tool_calls or [] %}{{ call.function.arguments.zone + 1 }}{% endfor %}{% endfor %}"""


def for_template(messages):
    return [Message.model_validate(message).for_template() for message in messages]


def test_a_template_is_given_tools_and_calls_as_transformers_gives_them(folder):
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    messages = for_template(CALLS)
    expected = tokenizer.apply_chat_template(messages, tools=TOOLS, chat_template=TELLING, tokenize=False)

    told = ChatTemplate(TELLING, {}).prompt(messages, TOOLS)

    assert told == expected
    assert "assistantNone2toolnoona" in told


def test_where_a_template_does_not_tell_of_tools_the_last_message_does():
    template = ChatTemplate("{% for m in messages %}[{{ m.content }}]{% endfor %}", {})

    by_default, in_own_words = (
        template.prompt(MESSAGES, TOOLS),
        template.prompt(MESSAGES, TOOLS, "Call these:"),
    )

    assert by_default.startswith("[Be brief. \u20ac][Why does the moon look larger?\n---\nYou may call")
    assert '{"name": …, "arguments": {…}}' in by_default
    assert in_own_words.endswith(
        '?\n---\nCall these:\n[{"name": "now", "description": "The time. \u20ac", "parameters": {}}]]'
    )


APART = [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": TELLING}]


def test_a_template_for_tools_is_used_where_there_are_tools(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": APART}))
    known = facts.read(ModelFolder(tmp_path))

    template = ChatTemplate(known.chat_template, {}, known.tool_template)

    assert template.prompt(MESSAGES) == "plain"
    assert template.prompt(MESSAGES, TOOLS) == ChatTemplate(TELLING, {}).prompt(MESSAGES, TOOLS)


def test_templates_in_files_of_their_own_come_first(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": APART}))
    (tmp_path / "chat_template.jinja").write_text("own")
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates" / "tool_use.jinja").write_text("own with tools")

    known = facts.read(ModelFolder(tmp_path))

    assert (known.chat_template, known.tool_template) == ("own", "own with tools")


@pytest.mark.parametrize(
    ("arguments", "given"), [('{"zone": ', '{"zone": '), (None, {}), ({"zone": 1}, {"zone": 1})]
)
def test_arguments_that_are_no_json_reach_the_template_as_they_are(arguments, given):
    call = {"function": {"name": "now", "arguments": arguments}}

    (told,) = for_template([{"role": "assistant", "tool_calls": [call]}])

    assert told["tool_calls"][0]["function"]["arguments"] == given


def test_a_developer_speaks_as_the_system_does():
    (told,) = for_template([{"role": "developer", "content": "Be brief."}])

    assert told["role"] == "system"


def test_older_models_have_their_template_in_the_tokenizers_configuration(tmp_path):
    (tmp_path / "config.json").write_text('{"n_positions": 64, "eos_token_id": [3, 4]}')
    (tmp_path / "tokenizer_config.json").write_text(
        '{"chat_template": [{"name": "default", "template": "hi"}], "eos_token": {"content": "</s>"}}'
    )

    known = facts.read(ModelFolder(tmp_path))

    assert known == facts.Facts(64, frozenset({3, 4}), "hi", special_tokens={"eos_token": "</s>"})
