"""Requests that anyone might send: JSON of any kind, good bodies with something wrong in them, and bytes."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

# Small numbers and huge ones: a number that is large and yet allowed would only take long.
INTEGERS = st.integers(-3, 20) | st.sampled_from([10**6, 2**31, 2**63, 2**64, -(10**30), 10**400])
FLOATS = st.floats(-2, 2, width=16) | st.sampled_from([1e38, -1e300, 1e-320])
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "\0", "NaN", "1e999", "https://127.0.0.1/", "../x", "é" * 300]
)
LEAVES = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)

_MAGIC = [
    b"",
    b"{",
    b"[",
    b'"',
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"RIFF\x24\0\0\0WAVEfmt ",
    b"OggS",
    b"fLaC",
    b"ID3",
]
BYTES = st.builds(bytes.__add__, st.sampled_from(_MAGIC), st.binary(min_size=1, max_size=80))


@st.composite
def changed(draw: st.DrawFn, good: Any) -> Any:
    """A good body with one to three things changed in it."""
    body = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        body = _changed_at(draw, body, draw(st.sampled_from(list(_paths(body)))))
    return body


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        yield from _paths(child, (*at, key))


def _changed_at(draw: st.DrawFn, value: Any, path: tuple[Any, ...]) -> Any:
    if path:
        head, *rest = path
        inner = _changed_at(draw, value[head], tuple(rest))
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        kept = {key: inner if key == head else child for key, child in pairs}
        return kept if isinstance(value, dict) else list(kept.values())
    return draw(st.one_of(JSON, *_of_kind(value)))


def _of_kind(value: Any) -> list[st.SearchStrategy[Any]]:
    """Give what is like the value, and yet another one."""
    if isinstance(value, dict):
        names = st.sampled_from([*value, "extra"])
        fewer = st.sampled_from([{k: v for k, v in value.items() if k != name} for name in value] or [{}])
        return [st.builds(lambda name, new: {**value, name: new}, names, JSON), fewer]
    if isinstance(value, list):
        return [st.sampled_from([[], value * 2, value[:-1], [value], [*value, None]])]
    if isinstance(value, str):
        return [st.sampled_from([value[:-1], value * 2, value[1:], f"{value}\0", f" {value}"])]
    return []
