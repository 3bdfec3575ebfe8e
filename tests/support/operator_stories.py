"""What a test of the operator does to a cluster and sees there, whatever the cluster is."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from operator_objects import Object
from tenfold_api import names as api
from tenfold_operator import names


class Request(NamedTuple):
    """A request of the operator, as the API server saw it."""

    verb: str
    """As in a Role: get, list, watch, create, patch, delete."""
    group: str
    resource: str
    """With its subresource: `inferencemodels/status`."""
    name: str


class Kube(ABC):
    """A cluster."""

    @abstractmethod
    async def apply(self, manifest: Object) -> Object:
        """Store the object as another client would: fields that are not named stay, None takes one away."""

    @abstractmethod
    async def delete(self, kind: str, name: str, namespace: str = "models") -> None: ...

    @abstractmethod
    def get(self, kind: str, name: str, namespace: str = "models") -> Object:
        """Give the object, {} where there is none."""

    @abstractmethod
    def children(self, namespace: str) -> set[tuple[str, str]]:
        """Give kind and name of all children in the namespace."""

    @abstractmethod
    def events(self) -> list[tuple[str, str]]:
        """Give type and reason of every Event that was recorded, in their order."""

    @abstractmethod
    def requests(self) -> list[Request]:
        """Give the operator's requests of this test."""

    @abstractmethod
    def kubeconfig(self, folder: Path) -> Path:
        """Write the operator's kubeconfig."""

    def kinds(self, namespace: str = "models") -> set[str]:
        """Give the kinds of all children in the namespace."""
        return {kind for kind, _ in self.children(namespace)}

    def kinds_of(self, model: str, namespace: str = "models") -> set[str]:
        """Give the kinds of the model's children."""
        return {kind for kind, name in self.children(namespace) if name == names.child(model)}

    def writes(self) -> list[str]:
        """Give the writes that reached the server, as `patch plural/name`."""
        made = [each for each in self.requests() if each.verb not in ("get", "list", "watch")]
        return [f"{each.verb} {each.resource}/{each.name}" for each in made]

    def condition(self, name: str, type_: str, namespace: str = "models") -> tuple[str, str] | None:
        status = self.get(api.KIND, name, namespace).get("status", {})
        found = (each for each in status.get("conditions", []) if each["type"] == type_)
        return next(((each["status"], each["reason"]) for each in found), None)

    async def until(self, holds: Callable[[], Any], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is awaited is the state of a server
                await asyncio.sleep(0.01)
