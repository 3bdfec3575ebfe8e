"""Functions that a chat may call: how they are offered, and the grammar of answers that call them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tenfold_api.described import Described
from tenfold_runtime.generation.calls import Form
from tenfold_runtime.generation.grammars import Grammar, Rule, Schema, json_rule, literal

_ANY_TEXT = r"/(.|\n)*/"
_TEXT_THAT_IS_NO_OBJECT = r"/(\s*[^\s{](.|\n)*)?/"
_NO_ARGUMENTS: Schema = {"type": "object", "properties": {}, "additionalProperties": False}


class Function(Described):
    """A function that may be called."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_.-]{1,64}$")]
    description: str | None = None
    """What it does, for the model to read."""
    parameters: Annotated[Schema | None, Field(validation_alias=AliasChoices("parameters", "arguments"))] = (
        None
    )
    """JSON Schema of its arguments, an object; none by default."""

    @property
    def schema_of_arguments(self) -> Schema:
        return {"type": "object", **self.parameters} if self.parameters else _NO_ARGUMENTS


class Tool(BaseModel):
    """A tool: a function."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: Literal["function"] = "function"
    function: Function


def _unlike(tools: list[Tool]) -> list[Tool]:
    names = [tool.function.name for tool in tools]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise PydanticCustomError("tools", "two functions are called {name}", {"name": twice})
    return tools


Tools = Annotated[list[Tool], Field(max_length=128), AfterValidator(_unlike)]


class NamedFunction(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str


class NamedTool(BaseModel):
    """`tool_choice` of one function, by its name."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    type: Literal["function"] = "function"
    function: NamedFunction


class CalledFunction(BaseModel):
    """A function that was called, as a message of a chat tells it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    arguments: Annotated[Any, Field(validation_alias=AliasChoices("arguments", "parameters"))] = None

    def for_template(self) -> dict[str, Any]:
        """Give it with its arguments as an object, as templates write them, where they are JSON of one."""
        arguments = self.arguments
        if isinstance(arguments, str):
            try:
                arguments = orjson.loads(arguments)
            except orjson.JSONDecodeError:
                arguments = self.arguments  # cut off, say
        return {"name": self.name, "arguments": {} if arguments is None else arguments}


class ToolCall(BaseModel):
    """A call, as a message of a chat tells it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | None = None
    type: Literal["function"] = "function"
    function: CalledFunction

    def for_template(self) -> dict[str, Any]:
        return {"id": self.id, "type": self.type, "function": self.function.for_template()}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a chat's answer may be: a text, calls of functions, or either."""

    functions: Mapping[int, Function] = field(default_factory=dict)
    """Those that may be called, by their places in `tools`."""
    must_call: bool = False
    several: bool = True
    """Whether it may call more than once."""
    answer: Rule | None = None
    """What the text must be, where it is no call."""

    @property
    def names(self) -> list[str]:
        return [function.name for function in self.functions.values()]

    def grammar(self, form: Form) -> Grammar | None:
        """Give the grammar of the answer; None where every text will do."""
        if not self.functions:
            return None if self.answer is None else Grammar.of(self.answer)
        arguments = [
            json_rule(function.schema_of_arguments, f"tools.{place}.function.parameters")
            for place, function in self.functions.items()
        ]
        lines = [*self._start(form), *self._calls(arguments, form)]
        return Grammar(
            "\n".join(lines), tuple(arguments) if self.answer is None else (self.answer, *arguments)
        )

    def _start(self, form: Form) -> list[str]:
        several = self.several and bool(form.after)
        calls = f"call ({literal(form.between)} call)*" if several else "call"
        if self.must_call:
            return [f"start: {calls}"]
        if self.answer is not None:
            return [f"start: answer | {calls}", f"answer: {self.answer.lark}"]
        if not form.mark:
            return ["start: TEXT | call", f"TEXT: {_TEXT_THAT_IS_NO_OBJECT}"]
        return [
            f"start: told{'*' if several else '?'} rest",
            "told: marked call_from_mark",
            f"marked[lazy]: TEXT {literal(form.mark)}",
            "rest: TEXT",
            f"TEXT: {_ANY_TEXT}",
        ]

    def _calls(self, arguments: list[Rule], form: Form) -> list[str]:
        """Write the rules of a call, from its beginning and from behind its mark on."""
        numbered = range(len(arguments))
        mark = f"{literal(form.mark)} " if form.mark else ""
        heads = [literal(form.head(name).removeprefix(form.mark)) for name in self.names]
        return [
            f"call: {mark}call_from_mark",
            f"call_from_mark: {' | '.join(f'call_{number}' for number in numbered)}",
            *(
                f"call_{number}: {heads[number]} {arguments[number].lark} {literal(form.tail)}"
                for number in numbered
            ),
        ]
