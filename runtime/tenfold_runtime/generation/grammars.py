"""What a text must be: JSON of a schema, or what a regular expression matches; as requests say it."""

from dataclasses import dataclass
from typing import Any, Literal, Self

import orjson
from llguidance import regex_to_lark
from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.described import Described

# A space, or a new line and its indent: a model that cannot decide would otherwise go on with white space.
_WHITESPACE = r" |\n[ \t]{0,16}"
# Where closing an object would contradict what the schema says of it elsewhere.
_TOLD_ELSEWHERE = {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "patternProperties"}
_SCHEMAS_BY_NAME = ("properties", "$defs", "definitions")
_SCHEMAS = ("items", "additionalProperties")
_LISTS_OF_SCHEMAS = ("anyOf", "oneOf", "prefixItems")

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text, or a part of one, must be: the right side of a rule in llguidance's dialect of Lark."""

    lark: str
    field: str
    """Where the request says so."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a whole text must be."""

    lark: str
    rules: tuple[Rule, ...]
    """The parts that come from the request, so that the one that cannot be used is named."""

    @classmethod
    def of(cls, rule: Rule) -> "Grammar":
        return cls(f"start: {rule.lark}", (rule,))


def json_rule(schema: Schema, field: str) -> Rule:
    """Give the rule for JSON that is valid under a schema."""
    known = {key: value for key, value in schema.items() if key != "x-guidance"}
    written = orjson.dumps({**closed(known), "x-guidance": {"whitespace_pattern": _WHITESPACE}})
    return Rule(f"%json {written.decode()}", field)


def regex_rule(pattern: str, field: str) -> Rule:
    """Give the rule for texts that a regular expression matches as a whole; `\\d` is one of 0 to 9."""
    return Rule(f"/{regex_to_lark(pattern, 'd')}/", field)


def closed(schema: Schema) -> Schema:
    """Give a schema whose objects have the properties that it names and no others, where it leaves that open.

    What is valid under it is valid under the schema. Models would add properties without end, and what reads
    the text mostly knows the named ones only. With `allOf`, nothing is closed.
    """
    return schema if b'"allOf"' in orjson.dumps(schema) else _closed(schema)


def _closed(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    inner = {key: _inner(key, value) for key, value in schema.items()}
    if "properties" not in schema or _TOLD_ELSEWHERE & schema.keys():
        return inner
    return {"type": "object", "additionalProperties": False, **inner}


def _inner(key: str, value: Any) -> Any:
    if key in _SCHEMAS_BY_NAME and isinstance(value, dict):
        return {name: _closed(one) for name, one in value.items()}
    if key in _LISTS_OF_SCHEMAS and isinstance(value, list):
        return [_closed(one) for one in value]
    return _closed(value) if key in _SCHEMAS else value


class NamedSchema(Described):
    """A schema as OpenAI's `json_schema` has it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str | None = None
    schema_: Schema = Field(default={"type": "object"}, alias="schema")
    """A JSON Schema; any object by default."""


class AskedGrammar(Described):
    """text-generation-inference's `grammar`."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["json", "json_object", "json_schema", "regex"]
    value: str | Schema
    """A JSON Schema, as an object or written out; for `json_schema`, an object with `schema` in it."""

    @field_validator("value")
    @classmethod
    def _suits(cls, value: str | Schema, info: Any) -> str | Schema:
        return suiting(info.data.get("type"), value)

    def rule(self, field: str) -> Rule:
        """Give the rule; field: the path of this in the request."""
        return ruled(self.type, self.value, f"{field}.value")


class ResponseFormat(Described):
    """`response_format` of OpenAI, and of text-generation-inference, which huggingface_hub sends."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["text", "json", "json_object", "json_schema", "regex"] = "text"
    json_schema: NamedSchema | None = None
    """For `json_schema`: a name, and a JSON Schema as `schema`."""
    value: str | Schema | None = None
    """In place of json_schema: a JSON Schema, or for `regex` a regular expression."""

    @field_validator("value")
    @classmethod
    def _suits(cls, value: str | Schema | None, info: Any) -> str | Schema | None:
        return None if value is None else suiting(info.data.get("type"), value)

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        wanted = {"json_schema": "json_schema", "regex": "value", "json": "value"}.get(self.type)
        if wanted and self.value is None and self.json_schema is None:
            raise PydanticCustomError(
                "grammar", "`{wanted}` is required for {type}", {"wanted": wanted, "type": self.type}
            )
        return self

    def rule(self, field: str) -> Rule | None:
        """Give the rule, where not every text will do; field: the path of this in the request."""
        if self.type == "text":
            return None
        if self.type != "regex" and self.json_schema is not None:
            return json_rule(self.json_schema.schema_, f"{field}.json_schema.schema")
        return ruled(self.type, {"type": "object"} if self.value is None else self.value, f"{field}.value")


def suiting(kind: str | None, value: str | Schema) -> str | Schema:
    """Check a grammar's value: a text for a regular expression, else a schema, which may be written out."""
    if kind == "regex":
        if not isinstance(value, str):
            raise PydanticCustomError("regex", "must be a string, for a grammar of type regex")
        return value
    if isinstance(value, dict):
        return value
    try:
        schema = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise PydanticCustomError("schema", "not valid JSON: {why}", {"why": error.msg}) from None
    if not isinstance(schema, dict):
        raise PydanticCustomError("schema", "must be a JSON Schema: an object")
    return schema


def ruled(kind: str, value: str | Schema, field: str) -> Rule:
    """Give the rule of a kind of grammar and its value, which `suiting` has checked."""
    if isinstance(value, str):
        return regex_rule(value, field)
    if kind == "json_schema" and isinstance(value.get("schema"), dict):
        return json_rule(value["schema"], f"{field}.schema")
    return json_rule(value, field)


def literal(text: str) -> str:
    """Write a text as Lark does."""
    return orjson.dumps(text).decode()
