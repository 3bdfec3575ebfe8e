"""Calls of functions: what is written is what is read, in whatever pieces it comes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import guided
from tenfold_runtime.generation.calls import PARAMETERS, PLAIN, TAGGED, Form, Reader, form_of
from tenfold_runtime.generation.grammars import json_rule
from tenfold_runtime.generation.guide import Guides
from tenfold_runtime.generation.sequence import Finish
from tenfold_runtime.generation.tools import Function, Offer

NAMES = ["now", "weather"]
ARGUMENTS = st.dictionaries(
    st.text(max_size=4), st.text(max_size=6) | st.integers() | st.booleans(), max_size=3
)


def read(form, pieces, finish=Finish.END):
    reader = Reader(form, NAMES)
    ended = [None] * (len(pieces) - 1) + [finish]
    parts = [part for one, why in zip(pieces, ended, strict=True) for part in reader.read(one, why)]
    text = "".join(part.text for part in parts if part.call is None)
    called = [part for part in parts if part.name is not None]
    return text, [(one.name, "".join(part.text for part in parts if part.call == one.call)) for one in called]


def pieces(draw, text):
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def written(form: Form, name, arguments):
    return form.head(name) + json.dumps(arguments, ensure_ascii=False) + form.tail


@given(st.data(), st.text(max_size=20), st.lists(st.tuples(st.sampled_from(NAMES), ARGUMENTS), max_size=3))
def test_texts_and_tagged_calls_are_read_in_any_pieces(data, text, calls):
    whole = "\n".join([text, *(written(TAGGED, *call) for call in calls)])

    said, called = read(TAGGED, pieces(data.draw, whole))

    assert said == (text + "\n" if calls else text)
    assert [(name, json.loads(arguments)) for name, arguments in called] == calls


@given(st.data(), st.sampled_from([PLAIN, PARAMETERS]), st.sampled_from(NAMES), ARGUMENTS)
def test_an_untagged_call_is_read_in_any_pieces(data, form, name, arguments):
    said, called = read(form, pieces(data.draw, written(form, name, arguments)))

    assert said == ""
    assert called == [(name, json.dumps(arguments, ensure_ascii=False))]


@given(st.data(), st.sampled_from([PLAIN, PARAMETERS, TAGGED]), st.text(max_size=30))
def test_a_text_that_calls_nothing_is_the_text(data, form, text):
    assert read(form, pieces(data.draw, text)) == (text, [])


@pytest.mark.parametrize("form", [PLAIN, TAGGED])
def test_a_call_that_was_cut_off_is_told_as_far_as_it_came(form):
    assert read(form, [form.head("now") + '{"a": "b'], Finish.LENGTH) == ("", [("now", '{"a": "b')])


def test_json_that_is_no_call_is_a_text():
    assert read(PLAIN, ['{"name": "now"}']) == ('{"name": "now"}', [])


TEMPLATES = {
    "<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>": TAGGED,
    '{"name": function name, "parameters": dictionary of argument name and its value}': PARAMETERS,
    "<tool_call>\n<function=example_function_name>": PLAIN,
    "{{ messages }}": PLAIN,
}  # fmt: skip


@pytest.mark.parametrize(("template", "form"), TEMPLATES.items())
def test_the_form_is_the_one_that_the_template_teaches(template, form):
    assert form_of(template) == form


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    return guided.tokens(tmp_path_factory.mktemp("calls"))


@pytest.fixture(scope="module")
def guides(tokens):
    return Guides(tokens, frozenset([guided.END]))


DAYS = {"properties": {"days": {"type": "integer", "minimum": 1, "maximum": 5}}}
FUNCTIONS = {0: Function(name="now"), 1: Function(name="weather", parameters=DAYS)}


@pytest.mark.parametrize("form", [PLAIN, PARAMETERS, TAGGED])
@pytest.mark.parametrize("several", [True, False])
def test_an_answer_that_must_call_calls_what_is_offered(guides, tokens, form, several):
    grammar = Offer(FUNCTIONS, must_call=True, several=several).grammar(form)
    texts = [guided.drawn(guides, grammar, tokens, seed) for seed in range(6)]

    answers = [read(form, [text]) for text in texts if text is not None]

    assert answers
    for said, called in answers:
        assert said == ""
        assert {name for name, _ in called} <= set(NAMES)
        assert all(set(json.loads(arguments)) <= {"days"} for _, arguments in called)
        assert len(called) == 1 or (several and form is TAGGED)


@pytest.mark.parametrize("form", [PLAIN, TAGGED])
def test_an_answer_that_may_call_may_be_any_text_or_a_call(guides, tokens, form):
    compiled = guides.compiled(Offer(FUNCTIONS).grammar(form))
    said = ["Hello, {you}", written(form, "weather", {"days": 3})]

    def taken(text):
        guide = compiled.begin()
        for token in tokens.encode(text, add_special=False):
            guide.take(token)
        return guide.failure is None

    assert [taken(text) for text in said] == [True, True]
    assert not taken(form.head("weather") + '{"days": 9')


@pytest.mark.parametrize("form", [PLAIN, TAGGED])
def test_an_answer_that_does_not_call_is_what_the_format_asks_for(guides, tokens, form):
    grammar = Offer(FUNCTIONS, answer=json_rule({"type": "boolean"}, "response_format")).grammar(form)
    texts = {guided.drawn(guides, grammar, tokens, seed) for seed in range(30)}

    assert texts & {"true", "false"}
    assert all(text in ("true", "false") or read(form, [text])[1] for text in texts if text)
