"""Asks runtimes how far they are."""

from types import TracebackType
from typing import Self

import aiohttp

from tenfold_api import names
from tenfold_api.progress import RuntimeStatus

_TIMEOUT = aiohttp.ClientTimeout(total=1.0)


class Probe:
    """An HTTP client for GET /status."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def status(self, url: str) -> RuntimeStatus | None:
        """Give what the runtime says of itself; None while it does not answer."""
        try:
            async with self._session.get(url + names.STATUS_PATH) as answer:
                body = await answer.read()
        except (TimeoutError, aiohttp.ClientError):
            return None
        return RuntimeStatus.model_validate_json(body) if answer.status == 200 else None
