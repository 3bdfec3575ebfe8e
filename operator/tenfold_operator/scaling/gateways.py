"""The gateways: where they are, by the EndpointSlices of their Service, and what they tell, at GET /load."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from tenfold_api import names as api
from tenfold_api.load import GatewayLoad

log = logging.getLogger(__name__)

_SERVICE_LABEL = "kubernetes.io/service-name"
_TIMEOUT = aiohttp.ClientTimeout(total=1)
_LARGEST = 16 * 2**20
"""Bytes of an answer: ten thousand models take less than one million."""


@dataclass(frozen=True)
class Gateway:
    """One gateway."""

    url: str
    serves: bool = True
    """Whether requests reach it: it must be heard. One that starts or has stopped may be silent."""


class Reading(Protocol):
    """What is asked of the API server."""

    async def get(self, path: str, **query: str) -> Any: ...


class BySlices:
    """Finds gateways by the EndpointSlices of their Service."""

    def __init__(self, server: Reading, namespace: str, service: str) -> None:
        self._server = server
        self._path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        self._selector = f"{_SERVICE_LABEL}={service}"

    async def __call__(self) -> tuple[Gateway, ...]:
        """List them. The API server answers from its memory. Raises as the server's `get` does."""
        found = await self._server.get(self._path, labelSelector=self._selector, resourceVersion="0")
        return gateways(found["items"])


def gateways(slices: Iterable[Mapping[str, Any]]) -> tuple[Gateway, ...]:
    """Give every gateway once: a pod with addresses of two families is in two slices."""
    found: dict[str, Gateway] = {}
    for each in slices:
        for pod, gateway in _listed(each):
            found.setdefault(pod or gateway.url, gateway)
    return tuple(found.values())


def _listed(raw: Mapping[str, Any]) -> Iterator[tuple[str | None, Gateway]]:
    """Give pod and gateway of each endpoint. A condition that is not told is as good as true."""
    port = next((each["port"] for each in raw.get("ports") or () if each.get("name") == "http"), None)
    for endpoint in (raw.get("endpoints") or ()) if port else ():
        conditions = endpoint.get("conditions") or {}
        told = (conditions.get(name) for name in ("serving", "ready"))
        serves = next((each for each in told if each is not None), True)
        url = f"http://{_host(endpoint['addresses'][0])}:{port}"
        yield (endpoint.get("targetRef") or {}).get("uid"), Gateway(url, serves)


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class OverHttp:
    """Asks one gateway; None when it does not answer, or not as a gateway does."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, gateway: Gateway) -> GatewayLoad | None:
        try:
            async with self._client().get(gateway.url + api.LOAD_PATH) as answer:
                answer.raise_for_status()
                return GatewayLoad.model_validate_json(await _body(answer))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.debug("%s did not tell its load: %r", gateway.url, error)
            return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """Read the answer. Raises ValueError when it is longer than any gateway's."""
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _LARGEST:
            raise ValueError(f"the answer has more than {_LARGEST} bytes")
    return bytes(body)
