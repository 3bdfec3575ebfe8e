"""The InferenceModel's JSON schema as one tree: what the CRD, the docs page and the messages are made of."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tenfold_api.inference_model import InferenceModel

Node = dict[str, Any]

_NULL = {"type": "null"}


@cache
def tree() -> Node:
    """Give the schema with every reference followed. No field is ever null: what is absent is unset."""
    return inlined(InferenceModel.model_json_schema(by_alias=True))


def inlined(root: Node) -> Node:
    """Give a schema that pydantic made, with every reference followed and without `or null`."""
    definitions = root.pop("$defs", {})
    return _inlined(root, definitions)


def at(location: tuple[str | int, ...]) -> Node:
    """Give the node of a field, {} where the schema knows none; a number steps into a list."""
    node = tree()
    for step in location:
        node = _child(node, step)
    return node


def fields(node: Node) -> dict[str, Node]:
    """Give the fields of an object by name; {} for everything else."""
    properties: dict[str, Node] = node.get("properties", {})
    return properties


def with_children(node: Node, change: Callable[[Node], Node]) -> Node:
    """Give the node with each node directly below it changed."""
    changed = dict(node)
    if "properties" in node:
        changed["properties"] = {name: change(child) for name, child in fields(node).items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            changed[key] = change(node[key])
    return changed


def _child(node: Node, step: str | int) -> Node:
    beyond = "items" if isinstance(step, int) else "additionalProperties"
    child = fields(node).get(str(step), node.get(beyond))
    return child if isinstance(child, dict) else {}


def _inlined(node: Node, definitions: dict[str, Node]) -> Node:
    return with_children(_resolved(node, definitions), lambda child: _inlined(child, definitions))


def _resolved(node: Node, definitions: dict[str, Node]) -> Node:
    """Replace a reference or an `X or null` by what it stands for; what is written beside it wins."""
    if "$ref" in node:
        meant = definitions[node["$ref"].removeprefix("#/$defs/")]
    elif _NULL in node.get("anyOf", []):
        choices = [choice for choice in node["anyOf"] if choice != _NULL]
        meant = choices[0] if len(choices) == 1 else {"anyOf": choices}
    else:
        return node
    beside = {key: value for key, value in node.items() if key not in ("$ref", "anyOf", "default")}
    default = {} if node.get("default") is None else {"default": node["default"]}
    return _resolved({**meant, **beside, **default}, definitions)
