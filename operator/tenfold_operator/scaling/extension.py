"""Keeps the operator an extension of the API server: trusts whom it names, and is trusted by it."""

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.scaling import callers, certificate, documents
from tenfold_operator.scaling.application import MetricApi
from tenfold_operator.scaling.certificate import Certificate
from tenfold_operator.scaling.door import Door

log = logging.getLogger(__name__)

REGISTRATION_PATH = f"/apis/apiregistration.k8s.io/v1/apiservices/{documents.VERSION}.{documents.GROUP}"
_BETWEEN_LOOKS = 60.0
_UNTIL_NEXT_TRY = 5.0


class Server(Protocol):
    """What is asked of the API server."""

    async def get(self, path: str, **query: str) -> Any: ...

    async def merge(self, path: str, change: Mapping[str, Any]) -> None: ...


class Extension:
    """Looks once a minute at what the cluster says, and follows it."""

    def __init__(
        self,
        server: Server,
        api: MetricApi,
        door: Door,
        make: Callable[[datetime], Certificate],
        clock: Callable[[], datetime] = certificate.now,
    ) -> None:
        """`make` gives a certificate that is valid from the time on."""
        self._server = server
        self._api = api
        self._door = door
        self._make = make
        self._clock = clock
        self._own: Certificate | None = None

    async def run(self) -> None:
        """Serve until cancelled; whatever is missing in the cluster is looked for again."""
        try:
            while True:  # noqa: ASYNC110 - looking again is the point
                await asyncio.sleep(await self._looked())
        finally:
            await self._door.close()

    async def look(self) -> None:
        """Serve by the trust and the certificate of now, and see that the API server knows the latter."""
        trust = callers.trust(await self._server.get(callers.CONFIG_PATH))
        own = self._own if self._own and not self._own.is_due(self._clock()) else self._make(self._clock())
        if (trust, own) != (self._api.trust, self._own):
            await self._door.open(certificate.context(own, trust.authority))
            self._api.trust, self._own = trust, own
        await self._register(own)

    async def _register(self, own: Certificate) -> None:
        """Put our certificate into the APIService, whose other fields are the installation's."""
        bundle = base64.b64encode(own.pem.encode()).decode()
        there = await self._server.get(REGISTRATION_PATH)
        if there["spec"].get("caBundle") != bundle:
            await self._server.merge(REGISTRATION_PATH, {"spec": {"caBundle": bundle}})
            log.info("The API server knows the certificate for %s", documents.API_VERSION)

    async def _looked(self) -> float:
        """Look once; give the seconds until the next time."""
        try:
            await self.look()
        except (ClusterError, Refused, Gone, ValueError, OSError) as error:
            log.warning("Cannot serve %s, will try again: %s", documents.API_VERSION, error)
            return _UNTIL_NEXT_TRY
        return _BETWEEN_LOOKS
