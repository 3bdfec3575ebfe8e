"""What a grammar lets through is what was asked for, and nothing that cannot be made is taken up."""

import json
import re

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

import guided
from tenfold_runtime.generation.errors import ValidationFailed
from tenfold_runtime.generation.grammars import Grammar, ResponseFormat, closed, json_rule, regex_rule
from tenfold_runtime.generation.guide import Guides

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    return guided.tokens(tmp_path_factory.mktemp("guide"))


@pytest.fixture(scope="module")
def guides(tokens):
    return Guides(tokens, frozenset([guided.END]))


def json_of(schema):
    return Grammar.of(json_rule(schema, "value"))


def text_of(pattern):
    return Grammar.of(regex_rule(pattern, "value"))


VALUES = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": "null"}),
    st.builds(lambda least, more: {"type": "integer", "minimum": least, "maximum": least + more},
              st.integers(-1000, 1000), st.integers(0, 1000)),
    st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(0, 9)),
    st.builds(lambda texts: {"enum": texts}, st.lists(st.text(max_size=5), min_size=1, max_size=4)),
    st.sampled_from([{"type": "string", "format": one} for one in ("date", "time", "ipv4", "uuid")]),
    st.just({"type": "string", "pattern": "^[a-f]{2,4}$"}),
)  # fmt: skip
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)


def objects(values):
    return st.dictionaries(NAMES, values, min_size=1, max_size=3).flatmap(
        lambda properties: st.sets(st.sampled_from(sorted(properties))).map(
            lambda required: {"type": "object", "properties": properties, "required": sorted(required)}
        )
    )


SCHEMAS = st.recursive(
    VALUES,
    lambda values: st.one_of(
        objects(values),
        st.builds(
            lambda one, most: {"type": "array", "items": one, "maxItems": most}, values, st.integers(0, 3)
        ),
        st.builds(lambda some: {"anyOf": some}, st.lists(values, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)  # fmt: skip


@MANY
@given(SCHEMAS, st.integers(0, 1000))
def test_json_that_is_let_through_is_valid_under_the_schema(guides, tokens, schema, seed):
    text = guided.drawn(guides, json_of(schema), tokens, seed)

    assert text is not None
    jsonschema.validate(json.loads(text), schema)


PATTERNS = st.recursive(
    st.sampled_from(["a", "[b-d]", r"\d", " ", "é", "x{2,3}", r"\.", "[^a-z]", "(?:uv|w)"]),
    lambda some: st.one_of(
        st.builds("{}{}".format, some, some),
        st.builds("(?:{}|{})".format, some, some),
        st.builds("(?:{})?".format, some),
        st.builds("(?:{}){{1,3}}".format, some),
    ),
    max_leaves=8,
)


@MANY
@given(PATTERNS, st.integers(0, 1000))
def test_a_text_that_is_let_through_matches_the_pattern_as_a_whole(guides, tokens, pattern, seed):
    text = guided.drawn(guides, text_of(pattern), tokens, seed)

    assert text is not None
    assert re.fullmatch(pattern, text)


@MANY
@given(SCHEMAS, SCHEMAS, st.integers(0, 1000))
def test_two_texts_of_two_grammars_do_not_touch_each_other(guides, tokens, one, other, seed):
    alone = guided.drawn(guides, json_of(one), tokens, seed)

    begun = guides.compiled(json_of(one)).begin(), guides.compiled(json_of(other)).begin()
    begun[1].restrict(np.zeros(guided.VOCABULARY, np.float32))

    assert guided.drawn(guides, json_of(one), tokens, seed) == alone


@MANY
@given(SCHEMAS, st.integers(0, 1000))
def test_what_is_valid_under_a_closed_schema_is_valid_under_the_schema(guides, tokens, schema, seed):
    text = guided.drawn(guides, json_of(closed(schema)), tokens, seed)
    assume(text is not None)

    jsonschema.validate(json.loads(text), schema)


def test_objects_are_closed_where_the_schema_leaves_that_open():
    schema = {"properties": {"a": {"type": "array", "items": {"properties": {"b": {}}}}}}

    inner = {"type": "object", "additionalProperties": False, "properties": {"b": {}}}
    assert closed(schema) == {
        "type": "object",
        "additionalProperties": False,
        "properties": {"a": {"type": "array", "items": inner}},
    }


@pytest.mark.parametrize("said", [{"additionalProperties": {"type": "null"}}, {"$ref": "#/$defs/a"}])
def test_objects_that_say_what_else_they_have_are_left_alone(said):
    schema = {"type": "object", "properties": {"a": {}}, **said}

    assert closed(schema) == schema
    assert closed({"allOf": [{"properties": {"a": {}}}]}) == {"allOf": [{"properties": {"a": {}}}]}


def test_a_schema_may_refer_to_itself(guides, tokens):
    tree = {
        "type": "object",
        "properties": {"value": {"type": "boolean"}, "next": {"anyOf": [{"type": "null"}, {"$ref": "#"}]}},
        "required": ["value", "next"],
    }

    texts = [guided.drawn(guides, json_of(tree), tokens, seed) for seed in range(8)]

    assert any('"next"' in text[9:] for text in texts if text)
    for text in filter(None, texts):
        jsonschema.validate(json.loads(text), tree)


def test_white_space_in_json_is_bounded(guides, tokens):
    texts = [
        guided.drawn(guides, json_of({"type": "array", "items": False, "maxItems": 0}), tokens, n)
        for n in range(40)
    ]

    assert {text for text in texts if text and text.strip("[]")}
    assert max(len(text) for text in texts if text) <= len("[]\n") + 16


REFUSED = {
    "an unknown type": (json_of({"type": "frog"}), "Invalid type: frog"),
    "an unknown format": (json_of({"type": "string", "format": "frog"}), "Unknown format: frog"),
    "a schema of another place": (json_of({"$ref": "https://example.com/schema"}), "does not fetch"),
    "a schema that is itself and nothing else": (json_of({"$ref": "#"}), "no text"),
    "what nothing can be": (json_of({"type": "integer", "minimum": 5, "maximum": 1}), "greater than maximum"),
    "what is not known": (json_of({"not": {"type": "string"}}), 'Unimplemented keys: ["not"]'),
    "a group that is not closed": (text_of("(a"), "unclosed group"),
    "a look ahead": (text_of("(?=a)b"), "look-around"),
    "a reference back": (text_of(r"(a)\1"), "backreferences"),
    "a bomb": (text_of("(a{1000}){1000}"), "too many expressions"),
    "nested groups": (text_of("(" * 3000 + "a" + ")" * 3000), "nested"),
    "a long one": (text_of("a" * 70000), "longer than 65536 characters"),
}


@pytest.mark.parametrize(("grammar", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_made_is_refused_with_the_field(guides, grammar, why):
    with pytest.raises(ValidationFailed, match=re.escape(why)) as refused:
        guides.compiled(grammar)

    assert "Error in `value`" in str(refused.value)


def test_the_one_of_several_rules_that_is_at_fault_is_named(guides):
    good, bad = json_rule({"type": "null"}, "tools.0"), json_rule({"type": "frog"}, "tools.1")

    with pytest.raises(ValidationFailed, match=r"tools\.1"):
        guides.compiled(Grammar(f"start: {good.lark} | {bad.lark}", (good, bad)))


@pytest.mark.parametrize("ends", [frozenset(), frozenset([guided.END, 0])])
def test_a_text_ends_where_nothing_can_follow_whatever_the_model_knows_of_ends(tokens, ends):
    guide = Guides(tokens, ends).compiled(text_of("ab?")).begin()

    for letter in "ab":
        guide.restrict(np.zeros(guided.VOCABULARY, np.float32))
        guide.take(tokens.encode(letter, add_special=False)[0])

    assert guide.ended


class OfWords:
    """A vocabulary of whole words, which says nothing of the bytes in them."""

    def written(self, ends):
        return Tokenizer(models.WordLevel({"a": 0, "</s>": 1}, unk_token="a")).to_str(), sorted(ends)


def test_a_model_whose_tokens_tell_no_bytes_refuses_every_grammar():
    guides = Guides(OfWords(), frozenset([1]))

    with pytest.raises(ValidationFailed, match="no grammar can guide this model's tokenizer"):
        guides.compiled(text_of("a"))


def test_scores_beyond_the_vocabulary_are_never_let_through(guides):
    scores = np.zeros(guided.VOCABULARY + 64, np.float32)

    guides.compiled(text_of(".")).begin().restrict(scores)

    assert np.isinf(scores[guided.VOCABULARY :]).all()


def test_a_token_that_may_not_come_fails_its_own_text(guides, tokens):
    guide = guides.compiled(text_of("a")).begin()

    guide.take(tokens.encode("b", add_special=False)[0])

    assert "too complex" in str(guide.failure)


SAME = [
    {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "null"}}},
    {"type": "json_schema", "value": {"name": "a", "schema": {"type": "null"}}},
    {"type": "json_object", "value": {"type": "null"}},
    {"type": "json", "value": {"type": "null"}},
    {"type": "json", "value": '{"type": "null"}'},
    {"type": "regex", "value": "null"},
]


@pytest.mark.parametrize("asked", SAME, ids=str)
def test_every_way_to_ask_for_a_schema_asks_for_the_same(guides, tokens, asked):
    rule = ResponseFormat.model_validate(asked).rule("response_format")

    assert guided.drawn(guides, Grammar.of(rule), tokens) == "null"
    assert rule.field.startswith("response_format.")


def test_a_text_of_any_kind_has_no_rule():
    assert ResponseFormat.model_validate({"type": "text"}).rule("response_format") is None
