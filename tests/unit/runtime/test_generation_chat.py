"""Chat templates write what transformers writes, in a sandbox."""

import pytest
import transformers

import tiny_decoders
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.generation import facts
from tenfold_runtime.generation.chat import ChatTemplate
from tenfold_runtime.generation.errors import TemplateFailed

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


def test_older_models_have_their_template_in_the_tokenizers_configuration(tmp_path):
    (tmp_path / "config.json").write_text('{"n_positions": 64, "eos_token_id": [3, 4]}')
    (tmp_path / "tokenizer_config.json").write_text(
        '{"chat_template": [{"name": "default", "template": "hi"}], "eos_token": {"content": "</s>"}}'
    )

    known = facts.read(ModelFolder(tmp_path))

    assert known == facts.Facts(64, frozenset({3, 4}), "hi", {"eos_token": "</s>"})
