"""Follows one resource: lists it, then watches it, and begins anew when the API server has lost the thread.

Whatever happens to the API server, what was seen last stays: an old table serves better than none.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, NamedTuple, Protocol

from tenfold_gateway.cluster.api_server import ApiError, Refused

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]

_PAGE = 500
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0


class Key(NamedTuple):
    """Names one object of a kind."""

    namespace: str
    name: str


class Sink(Protocol):
    """Is told what there is."""

    def put(self, raw: Raw) -> None: ...

    def remove(self, key: Key) -> None: ...


class Reading(Protocol):
    """What a watch asks an API server for."""

    async def get(self, path: str, **query: str) -> Any: ...

    def watch(self, path: str, seconds: int, **query: str) -> AsyncIterator[Any]: ...


class _LostThread(Exception):
    """The server cannot go on from where the watch was: only a new list can."""


def key(raw: Raw) -> Key:
    return Key(raw["metadata"]["namespace"], raw["metadata"]["name"])


class Watch:
    """One resource, in one namespace or in all."""

    def __init__(
        self,
        server: Reading,
        path: str,
        sink: Sink,
        *,
        selector: str = "",
        seconds: int = 60,
        pause: Callable[[int], float] | None = None,
    ) -> None:
        """`seconds` is how long one watch lasts, and so how long a dead connection goes unnoticed."""
        self._server = server
        self._path = path
        self._query = {"labelSelector": selector} if selector else {}
        self._sink = sink
        self._seconds = seconds
        self._pause = pause or _delay
        self._known: set[Key] = set()
        self._version: str | None = None
        self._failures = 0
        self.synced = asyncio.Event()
        """Set once all objects were seen; it stays set."""

    async def run(self) -> None:
        """Follow the resource until cancelled."""
        while True:
            try:
                await self._follow()
            except _LostThread as lost:
                log.info("Listing %s anew: %s", self._path, lost)
                self._version = None
            except ApiError as error:
                log.warning("Lost sight of %s, will try again: %s", self._path, error)
                self._version = None if isinstance(error, Refused) else self._version
            except Exception:
                log.exception("Failed to follow %s, will begin anew", self._path)
                self._version = None
            await asyncio.sleep(self._pause(self._failures))
            self._failures += 1

    async def _follow(self) -> None:
        """List if need be, and watch until the server ends the watch."""
        if self._version is None:
            self._version = await self._list()
            self.synced.set()
        query = {**self._query, "allowWatchBookmarks": "true", "resourceVersion": self._version}
        async for event in self._server.watch(self._path, self._seconds, **query):
            self._take(event["type"], event["object"])
            self._failures = 0
        self._failures = 0

    async def _list(self) -> str:
        """Tell the sink of all there is, and of what there is no more; give the version of the list."""
        found: set[Key] = set()
        page = await self._page("")
        while True:
            for raw in page["items"]:
                found.add(key(raw))
                self._sink.put(raw)
            if not (more := page["metadata"].get("continue")):
                break
            page = await self._page(more)
        for gone in self._known - found:
            self._sink.remove(gone)
        self._known = found
        return str(page["metadata"]["resourceVersion"])

    async def _page(self, more: str) -> Any:
        query = {**self._query, "limit": str(_PAGE), **({"continue": more} if more else {})}
        return await self._server.get(self._path, **query)

    def _take(self, kind: str, raw: Raw) -> None:
        if kind == "ERROR":
            raise _LostThread(raw.get("message", raw))
        if kind == "DELETED":
            self._known.discard(key(raw))
            self._sink.remove(key(raw))
        elif kind != "BOOKMARK":
            self._known.add(key(raw))
            self._sink.put(raw)
        self._version = raw["metadata"]["resourceVersion"]


def _delay(failures: int) -> float:
    """Give the seconds until the next try: 0.5, 1, 2 … 30, less up to a half, at random."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(failures, 10))
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret
