"""The API `custom.metrics.k8s.io`, as the API server passes its requests on: discovery, and one metric."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from tenfold_operator.clock import utc_now
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.model import Key
from tenfold_operator.scaling import documents
from tenfold_operator.scaling.callers import NotTrusted, Trust
from tenfold_operator.scaling.documents import Document
from tenfold_operator.scaling.loads import Unknown
from tenfold_operator.scaling.permissions import Path, Permissions, Reading

log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
Measure: TypeAlias = Callable[[Key], float]
"""Gives the requests for an InferenceModel. Raises Gone when there is none of that key, and Unknown."""

GROUP_PATH = f"/apis/{documents.GROUP}"
VERSION_PATH = f"{GROUP_PATH}/{documents.VERSION}"
METRIC_PATH = f"{VERSION_PATH}/namespaces/{{namespace}}/{documents.RESOURCE}/{{name}}/{documents.METRIC}"
_SELECTORS = ("labelSelector", "metricLabelSelector")


class MetricApi:
    """Answers callers whom the cluster has let in."""

    def __init__(self, permissions: Permissions, measure: Measure, window: float) -> None:
        self._permissions = permissions
        self._measure = measure
        self._window = window
        self.trust: Trust | None = None
        """Whom to believe; until the owner sets it, nobody."""

    def application(self) -> web.Application:
        made = web.Application(middlewares=[_refusals, self._admission])
        made.router.add_get("/apis", _fixed(documents.groups()))
        made.router.add_get(GROUP_PATH, _fixed(documents.group()))
        made.router.add_get(VERSION_PATH, _fixed(documents.resources()))
        made.router.add_get(METRIC_PATH, self._metric)
        return made

    @web.middleware
    async def _admission(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in who is named by the API server and allowed by it."""
        if self.trust is None:
            raise NotTrusted("the cluster's front-proxy CA is not known yet")
        user = self.trust.caller(request.get_extra_info("peercert"), request.headers)
        if not await self._permissions.allow(user, _asked(request)):
            return _failure(403, f"{user.name!r} may not get {request.path}")
        return await handler(request)

    async def _metric(self, request: web.Request) -> web.StreamResponse:
        for name in _SELECTORS:
            if request.query.get(name):
                return _failure(400, f"{name} is not understood: ask for one InferenceModel by its name")
        key = _key(request)
        return web.json_response(documents.values(key, self._measure(key), self._window, utc_now()))


def _asked(request: web.Request) -> Path | Reading:
    return Reading(*_key(request)) if "namespace" in request.match_info else Path(request.path)


def _key(request: web.Request) -> Key:
    return Key(request.match_info["namespace"], request.match_info["name"])


def _fixed(document: Document) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(document)

    return answer


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say what is wrong as the API server does."""
    try:
        return await handler(request)
    except NotTrusted as error:
        return _failure(401, str(error))
    except Gone as error:
        return _failure(404, str(error))
    except web.HTTPException as error:
        return _failure(error.status, f"{request.method} {request.path}: {error.reason}")
    except Unknown as error:
        return _failure(503, str(error))
    except (ClusterError, Refused) as error:
        log.warning("Could not tell whether the caller may ask: %s", error)
        return _failure(503, str(error))


def _failure(status: int, message: str) -> web.Response:
    return web.json_response(documents.failure(status, message), status=status)
