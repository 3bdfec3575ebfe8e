"""Asks two runtimes the same, and compares what they answer."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp

from tenfold_api import names as api
from tenfold_operator.pods import Pod, host
from tenfold_operator.rollout.drift import drift

_TIMEOUT = aiohttp.ClientTimeout(total=120)
_INFO = "/info"


class OverHttp:
    """Compares pods at their address."""

    def __init__(self, port: int = api.RUNTIME_PORT) -> None:
        self._port = port

    async def __call__(self, serving: Pod, candidate: Pod, examples: Iterable[Any] | None) -> float | None:
        """Give the largest drift of any answer; None where what serves gives no answer that can be compared.

        Raises aiohttp.ClientError or TimeoutError where one of them cannot be reached.
        """
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            asked = await self._asked(session, serving, examples)
            found = [await self._drift(session, serving, candidate, *each) for each in asked]
        return max((each for each in found if each is not None), default=None)

    async def _asked(
        self, session: aiohttp.ClientSession, pod: Pod, examples: Iterable[Any] | None
    ) -> list[tuple[str, Any]]:
        """Give paths and bodies: the given ones, or one of the runtime's own for each of its tasks."""
        if examples:
            return [("/", body) for body in examples]
        async with session.get(self._url(pod, _INFO)) as answer:
            answer.raise_for_status()
            own: Mapping[str, Any] = (await answer.json()).get("examples", {})
        return [(f"{api.PIPELINE_PATH}/{task}", body) for task, body in own.items()]

    async def _drift(
        self, session: aiohttp.ClientSession, serving: Pod, candidate: Pod, path: str, body: Any
    ) -> float | None:
        pods = (serving, candidate)
        old, new = await asyncio.gather(*(self._answer(session, pod, path, body) for pod in pods))
        return None if old is None else drift(old, new)

    async def _answer(self, session: aiohttp.ClientSession, pod: Pod, path: str, body: Any) -> Any:
        """Give the answer; None for an error, and for an answer that is a file."""
        async with session.post(self._url(pod, path), json=body) as answer:
            if answer.status != 200 or answer.content_type != "application/json":
                return None
            return await answer.json()

    def _url(self, pod: Pod, path: str) -> str:
        return f"http://{host(pod)}:{self._port}{path}"
