"""Whether a caller may ask: the API server knows, and says so in a SubjectAccessReview."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cachetools import TTLCache

from tenfold_operator.scaling.callers import User
from tenfold_operator.scaling.documents import GROUP, METRIC, RESOURCE, VERSION

_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_ADMINISTRATORS = "system:masters"
_REMEMBERED = 1024
_ALLOWED_SECONDS = 300
_DENIED_SECONDS = 30


class Asking(Protocol):
    """What is asked of the API server."""

    async def ask(self, path: str, question: Mapping[str, Any]) -> Any: ...


@dataclass(frozen=True)
class Path:
    """A request for something that is no resource, such as discovery."""

    path: str

    def wider(self) -> "Path":
        return self

    def attributes(self) -> dict[str, Any]:
        return {"nonResourceAttributes": {"path": self.path, "verb": "get"}}


@dataclass(frozen=True)
class Reading:
    """A request for the metric of one InferenceModel; of all of them without namespace and name."""

    namespace: str = ""
    name: str = ""

    def wider(self) -> "Reading":
        return Reading()

    def attributes(self) -> dict[str, Any]:
        resource = {"group": GROUP, "version": VERSION, "resource": RESOURCE, "subresource": METRIC}
        named = {"namespace": self.namespace, "name": self.name}
        return {"resourceAttributes": {"verb": "get", **resource, **named}}


class Permissions:
    """Remembers what the API server said: five minutes that a caller may, half a minute that one may not."""

    def __init__(self, server: Asking, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._allowed: TTLCache[Any, bool] = TTLCache(_REMEMBERED, _ALLOWED_SECONDS, clock)
        self._denied: TTLCache[Any, bool] = TTLCache(_REMEMBERED, _DENIED_SECONDS, clock)

    async def allow(self, user: User, request: Path | Reading) -> bool:
        """Ask for everything first: who may read all is asked about once, and not for each model.

        Raises ClusterError when the API server does not say.
        """
        if _ADMINISTRATORS in user.groups:
            return True
        return await self._may(user, request.wider()) or await self._may(user, request)

    async def _may(self, user: User, request: Path | Reading) -> bool:
        question = (user, request)
        if question in self._allowed or question in self._denied:
            return question in self._allowed
        answer = await self._server.ask(_REVIEWS, _review(user, request))
        is_allowed = bool(answer["status"].get("allowed"))
        (self._allowed if is_allowed else self._denied)[question] = True
        return is_allowed


def _review(user: User, request: Path | Reading) -> dict[str, Any]:
    extra = {name: list(values) for name, values in user.extra}
    who = {"user": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {**who, **request.attributes()},
    }
