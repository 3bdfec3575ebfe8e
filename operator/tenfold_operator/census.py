"""Counts what there is, for watches do not tell of all that goes.

When the API server has forgotten where a watch was, as after its restart, kopf lists the resource anew. What
went in between stays in kopf's indices: no event ever says so. So whenever a list was taken, and every ten
minutes besides, what was seen is compared with what there is.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Protocol

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.model import Key
from tenfold_operator.world import World

log = logging.getLogger(__name__)

Resource = tuple[str, str, str]
"""Group, version and plural."""

MODELS: Resource = (api.GROUP, api.VERSION, api.PLURAL)
PODS: Resource = ("", "v1", "pods")
CHILDREN: tuple[Resource, ...] = (
    ("", "v1", "serviceaccounts"),
    ("", "v1", "services"),
    ("", "v1", "persistentvolumeclaims"),
    ("apps", "v1", "deployments"),
    ("autoscaling", "v2", "horizontalpodautoscalers"),
    ("networking.k8s.io", "v1", "networkpolicies"),
    ("policy", "v1", "poddisruptionbudgets"),
)

_BETWEEN = 600.0
_PAUSE = 1.0
_UNTIL_NEXT_TRY = 5.0


class Listing(Protocol):
    """What is asked of the API server."""

    async def uids(self, path: str, selector: str) -> set[str]: ...


class Census:
    """Takes a census when it is asked for one, at most once a second, and at least every ten minutes."""

    def __init__(self, server: Listing, namespaces: tuple[str, ...], look: Callable[[Key], None]) -> None:
        """`look` asks for a look at a model that has lost something."""
        self._server = server
        self._paths = tuple(_paths(namespaces or ("",)))
        self._look = look
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, world: World) -> None:
        self._task = asyncio.create_task(self._run(world))

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def ask(self) -> None:
        """See to it that a census begins after now."""
        self._asked.set()

    async def take(self, world: World) -> None:
        """Find what went. It was seen before the lists are asked for: what comes meanwhile is not lost."""
        seen = world.uids()
        there: set[str] = set()
        for path, selector in self._paths:
            there |= await self._server.uids(path, selector)
        if gone := seen - there:
            log.warning("No watch told that %d objects went", len(gone))
            for key in world.lose(gone):
                self._look(key)

    async def _run(self, world: World) -> None:
        while True:
            await self._due()
            self._asked.clear()
            if not await self._taken(world):
                self._asked.set()
                await asyncio.sleep(_UNTIL_NEXT_TRY)

    async def _due(self) -> None:
        """Wait until it is time, and a little longer: a list brings many objects."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._asked.wait(), _BETWEEN)
        await asyncio.sleep(_PAUSE)

    async def _taken(self, world: World) -> bool:
        """Tell whether the census could be taken."""
        try:
            await self.take(world)
        except (ClusterError, Refused, Gone) as error:
            log.warning("Could not count what there is, will try again: %s", error)
        except Exception:
            log.exception("Failed to count what there is, will try again")
        else:
            return True
        return False


def _paths(namespaces: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the path and the label selector of every list."""
    for namespace in namespaces:
        yield path(MODELS, namespace), ""
        for resource in (PODS, *CHILDREN):
            yield path(resource, namespace), names.MODEL_LABEL


def path(resource: Resource, namespace: str) -> str:
    """Give the path of the objects in one namespace, or in all."""
    group, version, plural = resource
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"
