"""Where the API server reaches the operator: a TLS port whose certificate and trust can change under way."""

import ssl
from typing import Any

from aiohttp import web


class Door:
    """Serves one application, from the first `open` on."""

    def __init__(self, application: web.Application, port: int, host: str | None = None) -> None:
        """Listen on all addresses where no host is named."""
        self._runner: web.AppRunner = web.AppRunner(application, access_log=None, shutdown_timeout=2)
        self._host, self._port = host, port
        self._site: web.TCPSite | None = None

    async def open(self, context: ssl.SSLContext) -> None:
        """Serve with this certificate and trust from now on. Connections that are there keep theirs."""
        if self._site is None:
            await self._runner.setup()
        else:
            await self._site.stop()
        self._site = web.TCPSite(self._runner, self._host, self._port, ssl_context=context)
        await self._site.start()

    @property
    def address(self) -> Any:
        """Give where it listens."""
        return self._runner.addresses[0]

    async def close(self) -> None:
        await self._runner.cleanup()
