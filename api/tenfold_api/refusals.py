"""Why a field is refused, in words: what was wrong and what would be right."""

import difflib
import json
from typing import Any

from pydantic_core import ErrorDetails

from tenfold_api import schema
from tenfold_api.base import FORM

# Pydantic's types of error, each with our sentence; one that is not here keeps pydantic's.
_SENTENCES = {
    "amount": "must be {form}, got {got}",
    "bool_type": "must be true or false, got {got}",
    "dict_type": "must be an object, got {got}",
    "enum": "must be one of {choices}, got {got}",
    "extra_forbidden": "unknown field; {suggestion}",
    "float_type": "must be a number, got {got}",
    "greater_than_equal": "must be at least {minimum}, got {got}",
    "int_type": "must be a whole number, got {got}",
    "less_than_equal": "must be at most {maximum}, got {got}",
    "list_type": "must be a list, got {got}",
    "literal_error": "must be {const}, got {got}",
    "missing": "is required: {description}",
    "model_type": "must be an object, got {got}",
    "string_pattern_mismatch": "must be {form}, got {got}",
    "string_too_long": "must have at most {maxLength} characters, has {length}",
    "string_too_short": "must not be empty",
    "string_type": "must be a string{remedy}",
}

_LONGEST_SHOWN = 60


def field(error: ErrorDetails) -> str:
    """Give the path of the refused field as a person writes it: `spec.env[1].name`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
    return "".join(steps).removeprefix(".")


def message(error: ErrorDetails) -> str:
    """Say what was wrong and what would be right."""
    sentence = _SENTENCES.get(error["type"])
    return sentence.format_map(_facts(error)) if sentence else error["msg"]


def _facts(error: ErrorDetails) -> dict[str, Any]:
    """Give all that a sentence may need: the value, and what the schema says of its field."""
    node, value = schema.at(error["loc"]), error["input"]
    return {
        **node,
        "got": _shown(value),
        "remedy": _remedy(value),
        "length": len(value) if isinstance(value, str) else None,
        "form": node.get(FORM),
        "choices": _listed(node.get("enum", [])),
        "suggestion": _suggestion(error["loc"]),
    }


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _shown(value: Any) -> str:
    """Show a value as YAML would have it, as long as it fits in a line."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _remedy(value: Any) -> str:
    """YAML reads 1.0, yes and 2026 as numbers and booleans: all that is missing there are quotes."""
    return f", got {_shown(value)}" if isinstance(value, dict | list) else ": put quotes around it"


def _suggestion(location: tuple[int | str, ...]) -> str:
    """Name what an unknown field may have meant: one of that name further in, or one nearly so called."""
    name = str(location[-1])
    known = schema.fields(schema.at(location[:-1]))
    further_in = [f"{parent}.{name}" for parent, child in known.items() if name in schema.fields(child)]
    meant = [*further_in, *difflib.get_close_matches(name, known)]
    return f"did you mean {meant[0]}?" if meant else f"known are {', '.join(known)}"
