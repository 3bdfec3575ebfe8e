"""Reads the documents of a YAML file, in the part of YAML that JSON can say: Kubernetes takes no more."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_LARGEST = 1024 * 1024
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class DocumentError(Exception):
    """A file that holds no documents that can be read; the message says where and why."""


@dataclass(frozen=True)
class Document:
    """One document of a file."""

    file: Path
    label: str
    """The name of its resource, or its number; "" where the file has one only."""
    content: Any

    def __str__(self) -> str:
        return f"{self.file}: {self.label}" if self.label else str(self.file)


def read(file: Path) -> list[Document]:
    """Read the documents of a file; empty ones are left out."""
    contents = _contents(_text(file))
    if len(contents) == 1:
        return [Document(file, "", contents[0])]
    return [Document(file, _label(content, number), content) for number, content in enumerate(contents, 1)]


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise DocumentError("no such file or folder") from error
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DocumentError("must be text in UTF-8") from error
    return _checked(text)


def _checked(text: str) -> str:
    if not text.strip():
        raise DocumentError("is empty")
    if len(text) > _LARGEST:
        raise DocumentError(f"must have at most {_LARGEST} characters, has {len(text)}")
    return text


def _contents(text: str) -> list[Any]:
    try:
        contents = [_as_json(content) for content in yaml.load_all(text, Loader=_Loader)]
    except yaml.MarkedYAMLError as error:
        raise DocumentError(_place(error)) from error
    except yaml.YAMLError as error:
        raise DocumentError(f"not valid YAML: {str(error).splitlines()[0]}") from error
    except RecursionError as error:
        raise DocumentError("is nested too deeply") from error
    except (TypeError, ValueError) as error:
        raise DocumentError(f"cannot be said in JSON: {error}") from error
    return [content for content in contents if content is not None]


def _as_json(content: Any) -> Any:
    return json.loads(json.dumps(content, allow_nan=False))


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "end of file"
    return f"{place}: not valid YAML: {error.problem}"


def _label(content: Any, number: int) -> str:
    metadata = content.get("metadata") if isinstance(content, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else f"document {number}"


class _Loader(yaml.SafeLoader):
    """Reads a date as the text that was written, and refuses a key that is there twice."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"{key.value} is there twice"
                raise yaml.constructor.ConstructorError(problem=problem, problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
