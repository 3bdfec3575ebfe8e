"""Chats to prompts, with the template that comes with a model."""

import json
from datetime import datetime
from typing import Any, NoReturn

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.nodes import Node
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tenfold_runtime.generation.calls import form_of
from tenfold_runtime.generation.errors import TemplateFailed

_OFFER = """\
You may call these functions. To call one, answer with nothing but JSON of its name and its arguments, as \
{"name": …, "%s": {…}}."""


class ChatTemplate:
    """A model's chat template. It is foreign code, so jinja2's sandbox runs it, as in transformers."""

    def __init__(self, source: str, special_tokens: dict[str, str], tool_source: str | None = None) -> None:
        """Take a template. tool_source: the one for chats with tools, where that is apart."""
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _AssistantParts]
        )
        environment.filters["tojson"] = _json
        environment.globals.update(raise_exception=_refuse, strftime_now=_now)
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            self._template = _broken(environment, error)
        self._special_tokens = special_tokens
        self._tells_tools = "tools" in source
        self._with_tools = ChatTemplate(tool_source, special_tokens) if tool_source else None
        self.form = form_of(tool_source or source)
        """How its model calls functions."""

    def prompt(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]] | None = None,
        offer: str | None = None,
    ) -> str:
        """Write messages as the prompt of the assistant's next one; raises TemplateFailed.

        tools: functions that may be called, as OpenAI writes them. offer: how to tell of them where the
        template does not.
        """
        if tools and self._with_tools:
            return self._with_tools.prompt(messages, tools, offer)
        if tools and not self._tells_tools:
            messages, tools = offering(messages, tools, offer or _OFFER % self.form.key), None
        try:
            return self._template.render(
                messages=messages, add_generation_prompt=True, tools=tools, documents=None,
                **self._special_tokens,
            )  # fmt: skip
        except (jinja2.TemplateError, TypeError, ValueError) as error:
            raise TemplateFailed(f"Template error: {error}") from None


def offering(messages: list[dict[str, Any]], tools: list[dict[str, Any]], offer: str) -> list[dict[str, Any]]:
    """Tell of tools behind the last message, as text-generation-inference does."""
    *before, last = messages
    told = f"{last['content'] or ''}\n---\n{offer}\n{_json([tool['function'] for tool in tools])}"
    return [*before, {**last, "content": told}]


class _AssistantParts(Extension):
    """`{% generation %}`, with which templates mark what the assistant said. It changes no prompt."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> Node | list[Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _broken(environment: jinja2.Environment, error: jinja2.TemplateError) -> jinja2.Template:
    """A template that cannot be read says so when it is used; the model still completes texts."""
    return environment.from_string("{{ raise_exception(why) }}", globals={"why": str(error)})


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _now(pattern: str) -> str:
    return datetime.now().astimezone().strftime(pattern)
