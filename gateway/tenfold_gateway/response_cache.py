"""Answers kept for whoever sends exactly the same request again.

A hit is what the hosted API makes of it: the answer as it was, with `x-compute-type: cache`. A runtime marks
what the same request would answer differently the next time, as sampled text, with `cache-control: no-store`.
"""

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

from cachetools import TTLCache
from starlette.types import Message, Send

from tenfold_api import clients, names
from tenfold_api.spec import Engine, Visibility
from tenfold_gateway.asked import Asked, options
from tenfold_gateway.headers import RawHeaders
from tenfold_gateway.routes import Route

Key: TypeAlias = tuple[object, ...]

_FROM_CACHE = (names.COMPUTE_TYPE.encode(), b"cache")
_REPLACED = frozenset({names.COMPUTE_TYPE.encode(), names.COMPUTE_CHARACTERS.encode()})
# Shares of the cache that one answer may take.
_SHARE = 16


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, whole."""

    start: Message
    body: bytes

    def __len__(self) -> int:
        return len(self.body) + sum(len(name) + len(value) for name, value in self.start["headers"])


class ResponseCache:
    """Answers by the requests that they answer, at most so many bytes, each for at most so many seconds."""

    def __init__(self, most_bytes: int, seconds: float) -> None:
        self._kept: TTLCache[Key, Kept] = TTLCache(most_bytes, seconds, getsizeof=len)
        self._most = most_bytes // _SHARE

    def key(self, asked: Asked, route: Route) -> Key | None:
        """Give what the answer depends on; None where it must not be kept, or the caller wants a new one."""
        if not (self._most and _may_be_kept(asked, route)) or _wants_new(asked):
            return None
        assert route.status is not None  # noqa: S101 - it may be kept
        client = clients.parse(asked.header("user-agent"), asked.header("accept"))
        digest = hashlib.blake2b(asked.body, digest_size=16).digest()
        return asked.model_id, route.status.revision, asked.path, asked.query, client, digest

    def get(self, key: Key) -> Kept | None:
        return self._kept.get(key)

    def recording(self, key: Key, send: Send) -> "Recording":
        """Give a way to send an answer that is kept once it is whole."""
        return Recording(self, key, send, self._most)

    def keep(self, key: Key, kept: Kept) -> None:
        if len(kept) <= self._most:
            self._kept[key] = kept


class Recording:
    """Passes an answer on, and remembers it."""

    def __init__(self, cache: ResponseCache, key: Key, send: Send, most: int) -> None:
        self._cache = cache
        self._key = key
        self._send = send
        self._room = most
        self._start: Message | None = None
        self._chunks: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = _start(message) if _is_keepable(message) else None
        elif self._start is not None:
            self._note(self._start, message)
        await self._send(message)

    def _note(self, start: Message, message: Message) -> None:
        self._chunks.append(message["body"])
        self._room -= len(message["body"])
        if self._room < 0:
            self._start = None
        elif not message.get("more_body", False):
            self._cache.keep(self._key, Kept(start, b"".join(self._chunks)))


def _may_be_kept(asked: Asked, route: Route) -> bool:
    spec, status = route.model.spec, route.status
    known = status is not None and status.revision is not None
    ours = spec.engine is not Engine.CUSTOM and spec.visibility is Visibility.PUBLIC
    return known and ours and asked.method == "POST"


def _wants_new(asked: Asked) -> bool:
    said = asked.header(names.USE_CACHE).lower()
    return said in {"false", "0"} or options(asked.body).get("use_cache") is False


def _start(message: Message) -> Message:
    """Give the first message of a hit. The id is each request's own, and added later."""
    headers = [line for line in message["headers"] if line[0] not in _REPLACED]
    return {**message, "headers": [*headers, _FROM_CACHE]}


def _is_keepable(message: Message) -> bool:
    return bool(message["status"] == 200) and not _is_fleeting(message["headers"])


def _is_fleeting(headers: RawHeaders) -> bool:
    named = dict(headers)
    streams = named.get(b"content-type", b"").startswith(b"text/event-stream")
    return streams or b"no-store" in named.get(b"cache-control", b"")
