"""Make the chart's README.md and values.schema.json from values.yaml and its comments.

The comment above a value is its description. A line `# @schema {…}` in it is laid over the JSON schema that
the default suggests. A mapping without one is a branch: exactly its keys are known, a wrong name is refused.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parent.parent / "charts" / "tenfold"
_KEY = re.compile(r"^( *)([A-Za-z][A-Za-z0-9]*):")
_ANNOTATION = "@schema "
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass(frozen=True)
class Value:
    """One value: its path, what the comment says of it, its default and the values below it."""

    path: tuple[str, ...]
    description: str
    default: Any
    overlay: dict[str, Any] | None
    children: list["Value"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return ".".join(self.path)


def read(text: str) -> list[Value]:
    """Give the values at the top of a values.yaml, each with those below it."""
    top = Value((), "", yaml.safe_load(text), None)
    open_branches = [top]
    for path, comment in _keys(text):
        del open_branches[len(path) :]
        if len(open_branches) < len(path):  # below a value that is taken as a whole
            continue
        value = _value(path, comment, open_branches[-1].default[path[-1]])
        open_branches[-1].children.append(value)
        if isinstance(value.default, dict) and value.default and value.overlay is None:
            open_branches.append(value)
    return top.children


def _keys(text: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Give the path of every key at the start of a line, and the lines of the comment above it."""
    path: list[str] = []
    comment: list[str] = []
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
            continue
        if key := _KEY.match(line):
            path[len(key[1]) // 2 :] = [key[2]]
            yield tuple(path), comment
        comment = []


def _value(path: tuple[str, ...], comment: list[str], default: Any) -> Value:
    overlays = [
        json.loads(line.removeprefix(_ANNOTATION)) for line in comment if line.startswith(_ANNOTATION)
    ]
    description = " ".join(line for line in comment if not line.startswith(_ANNOTATION))
    return Value(path, description, default, overlays[0] if overlays else None)


def schema(values: list[Value]) -> dict[str, Any]:
    """Give the JSON schema of values.yaml."""
    # Helm lays `global` into the values of every chart that others may depend on.
    known = {"global": {"type": "object"}} | {value.path[-1]: _schema(value) for value in values}
    draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
    return {**draft, "type": "object", "additionalProperties": False, "properties": known}


def _schema(value: Value) -> dict[str, Any]:
    own: dict[str, Any] = {"description": value.description, "type": _TYPES[type(value.default)]}
    if value.children:
        below = {child.path[-1]: _schema(child) for child in value.children}
        own |= {"additionalProperties": False, "properties": below}
    elif value.path[-1] in ("labels", "annotations") or value.path[-1].endswith(("Labels", "Annotations")):
        own |= {"additionalProperties": {"type": "string"}}
    return own | (value.overlay or {})


def readme(values: list[Value], head: str) -> str:
    """Give the README: its head, then a table of the values for every branch at the top."""
    single = [value for value in values if not value.children]
    branches = [value for value in values if value.children]
    parts = [head.rstrip(), _table("General", "", single)]
    parts += [_table(f"`{branch.name}`", branch.description, list(_below(branch))) for branch in branches]
    return "\n\n".join(parts) + "\n"


def _below(value: Value) -> Iterator[Value]:
    for child in value.children:
        yield child
        yield from _below(child)


def _table(title: str, description: str, values: list[Value]) -> str:
    rows = [f"| `{value.name}` | {_default(value)} | {value.description} |" for value in values]
    head = [f"### {title}", *(["", description] if description else []), ""]
    return "\n".join([*head, "| value | default | what it is |", "| --- | --- | --- |", *rows])


def _default(value: Value) -> str:
    return "" if value.children else f"`{json.dumps(value.default)}`"


def files() -> dict[str, str]:
    """Give the content of each file by its name in the chart."""
    values = read((CHART / "values.yaml").read_text(encoding="utf-8"))
    head = (CHART / "README.md").read_text(encoding="utf-8").partition("\n### ")[0]
    return {
        "README.md": readme(values, head),
        "values.schema.json": json.dumps(schema(values), indent=2, ensure_ascii=False) + "\n",
    }


def main() -> int:
    for name, content in files().items():
        (CHART / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
