"""Answers kept for whoever sends exactly the same request again.

A hit is what the hosted API makes of it: the answer as it was, with `x-compute-type: cache`. A runtime marks
what the same request would answer differently the next time, as sampled text, with `cache-control: no-store`.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cachetools import LRUCache
from starlette.types import Message, Send

from tenfold_api import clients, names
from tenfold_api.http.exchange import RawHeaders
from tenfold_api.spec import Engine, Visibility
from tenfold_gateway import headers
from tenfold_gateway.asked import Asked, options
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
    lines: bytes
    """The headers as they are written, but for the length."""
    until: float
    """When it is too old, on the cache's clock."""

    def __len__(self) -> int:
        return len(self.body) + 2 * len(self.lines)


class ResponseCache:
    """Answers by the requests that they answer, at most so many bytes, each for at most so many seconds.

    Those that were not asked for the longest go first. A cache that looks for what is too old at each request
    takes longer than the rest of a hit: here it goes when it is asked for.
    """

    def __init__(self, most_bytes: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: LRUCache[Key, Kept] = LRUCache(most_bytes, getsizeof=len)
        self._most = most_bytes // _SHARE
        self._seconds = seconds
        self._clock = clock

    def key(self, asked: Asked, route: Route) -> Key | None:
        """Give what the answer depends on; None where it must not be kept, or the caller wants a new one."""
        if not (self._most and _may_be_kept(asked, route)) or _wants_new(asked):
            return None
        assert route.status is not None  # noqa: S101 - it may be kept
        client = clients.parse(asked.header("user-agent"), asked.header("accept"))
        digest = hashlib.blake2b(asked.body, digest_size=16).digest()
        return asked.model_id, route.status.revision, asked.path, asked.query, client, digest

    def get(self, key: Key) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.until > self._clock():
            return kept
        del self._kept[key]
        return None

    def recording(self, key: Key) -> "Recording":
        """Give what an answer is told to, that is kept once it is whole."""
        return Recording(self, key, self._most)

    def keep(self, key: Key, start: Message, body: bytes) -> None:
        """Keep an answer, unless it is too large."""
        lines = headers.lines(start["headers"])
        kept = Kept(start, body, lines, self._clock() + self._seconds)
        if len(kept) <= self._most:
            self._kept[key] = kept


class Recording:
    """Remembers an answer while it passes."""

    def __init__(self, cache: ResponseCache, key: Key, most: int) -> None:
        self._cache = cache
        self._key = key
        self._room = most
        self._start: Message | None = None
        self._chunks: list[bytes] = []

    def around(self, send: Send) -> Send:
        """Give a way to send an answer that is remembered."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.begin(message["status"], message["headers"])
            else:
                self.go_on(message["body"], more=message.get("more_body", False))
            await send(message)

        return noted

    def begin(self, status: int, headers: RawHeaders) -> None:
        """Note the head of the answer."""
        self._start = _start(status, headers) if _is_keepable(status, headers) else None

    def go_on(self, body: bytes, *, more: bool) -> None:
        """Note more of the body, or its end."""
        if self._start is None:
            return
        self._chunks.append(body)
        self._room -= len(body)
        if self._room < 0:
            self._start = None
        elif not more:
            self._cache.keep(self._key, self._start, b"".join(self._chunks))


def _may_be_kept(asked: Asked, route: Route) -> bool:
    spec, status = route.model.spec, route.status
    known = status is not None and status.revision is not None
    ours = spec.engine is not Engine.CUSTOM and spec.visibility is Visibility.PUBLIC
    return known and ours and asked.method == "POST"


def _wants_new(asked: Asked) -> bool:
    said = asked.header(names.USE_CACHE).lower()
    return said in {"false", "0"} or options(asked.body).get("use_cache") is False


def _start(status: int, headers: RawHeaders) -> Message:
    """Give the first message of a hit. The id is each request's own, and added later."""
    kept = [line for line in headers if line[0] not in _REPLACED]
    return {"type": "http.response.start", "status": status, "headers": [*kept, _FROM_CACHE]}


def _is_keepable(status: int, headers: RawHeaders) -> bool:
    return status == 200 and not _is_fleeting(headers)


def _is_fleeting(headers: RawHeaders) -> bool:
    named = dict(headers)
    streams = named.get(b"content-type", b"").startswith(b"text/event-stream")
    return streams or b"no-store" in named.get(b"cache-control", b"")
