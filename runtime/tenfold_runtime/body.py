"""A request's body: bytes to a task's request, whatever the content type claims."""

from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import ValidationError

from tenfold_api.spec import Limits
from tenfold_runtime.errors import InvalidInput, RequestError
from tenfold_runtime.tasks.request import MANY, ONE, Request

Checked = TypeVar("Checked", bound=Request)

# Where pydantic's own words speak of Python; the rest of its messages reads well.
_WORDS = {
    "missing": "field required",
    "string_type": "must be a string",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "extra_forbidden": "unknown parameter",
}


# Objects and lists within each other. No task needs many, and to look into them takes stack.
MOST_LEVELS = 64


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read and found good."""

    request: Any
    characters: int
    """Characters of all texts in the inputs."""


def read(body: bytes, request: type[Request], limits: Limits) -> Body:
    """Parse and check a body; raises RequestError or InvalidInput, which name what is wrong."""
    value = _with_inputs(_parsed(body))
    total = _characters(value, limits.max_input_characters)
    return Body(checked(value, request), total)


def read_file(body: bytes, request: type[Checked]) -> Checked:
    """Read a body that is a file as it is, an image or a sound, or JSON with the file in base64.

    Told apart by the first byte: no file of a known format begins as JSON does.
    """
    if body[:64].lstrip()[:1] not in (b"{", b"[", b'"'):
        return checked({"inputs": body}, request)
    return checked(_with_inputs(_parsed(body)), request)


def checked(value: Any, request: type[Checked]) -> Checked:
    """Check a parsed body; raises RequestError, which names what is wrong."""
    try:
        return request.model_validate(value)
    except ValidationError as error:
        raise RequestError(*dict.fromkeys(_problem(one, request) for one in error.errors())) from None


def _characters(value: dict[str, Any], most: int) -> int:
    """Count the characters of the inputs; raises InvalidInput where one text alone has more than `most`."""
    found = texts(value["inputs"], "inputs") if value.get("inputs") is not None else texts(value, "body")
    for path, text in found:
        if len(text) > most:
            raise InvalidInput(path, f"{len(text)} characters; at most {most} are accepted")
    return sum(len(text) for _, text in found)


def _parsed(body: bytes) -> Any:
    """Read JSON; what is no JSON at all is a text, as the hosted service has it."""
    try:
        return _shallow(orjson.loads(body), body)
    except orjson.JSONDecodeError as error:
        text = _decoded(body)
        if text.lstrip()[:1] in ("{", "[", '"', ""):
            raise RequestError(
                f"Error in body: not valid JSON: {error.msg} at character {error.pos}"
            ) from None
        return text


def _shallow(value: Any, body: bytes) -> Any:
    """Give the value; raises RequestError where it is nested deeper than anything that is meant."""
    if body.count(b"[") + body.count(b"{") <= MOST_LEVELS:
        return value
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        nested = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        level = [child for children in nested for child in children]
    if level:
        raise RequestError(f"Error in body: nested in more than {MOST_LEVELS} levels")
    return value


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise RequestError(f"Error in body: not UTF-8, from byte {error.start} on") from None


def _with_inputs(value: Any) -> Any:
    """A bare value is the inputs; a bare number or boolean is a text."""
    if isinstance(value, dict):
        return value
    return {"inputs": value if isinstance(value, str | list) else orjson.dumps(value).decode()}


def _problem(error: Any, request: type[Request]) -> str:
    path = ".".join(str(part) for part in error["loc"] if part not in (ONE, MANY)) or "body"
    message = _WORDS.get(error["type"], error["msg"][:1].lower() + error["msg"][1:])
    if error["type"] == "extra_forbidden":
        message += f"; known are {', '.join(_parameters(request))}"
    return f"Error in `{path}`: {message}"


def _parameters(request: type[Request]) -> list[str]:
    parameters: Any = request.model_fields["parameters"].annotation
    return sorted(parameters.model_fields)


def texts(value: Any, path: str) -> list[tuple[str, str]]:
    """Give every string in a JSON-like value, each with its path."""
    match value:
        case str():
            return [(path, value)]
        case list():
            return [found for index, item in enumerate(value) for found in texts(item, f"{path}.{index}")]
        case dict():
            return [found for key, item in value.items() for found in texts(item, f"{path}.{key}")]
    return []
