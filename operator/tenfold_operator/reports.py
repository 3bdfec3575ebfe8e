"""What runtimes say of themselves, asked over HTTP while their models load: nothing else knows."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import pydantic

from tenfold_api import names as api
from tenfold_api.progress import RuntimeStatus, State
from tenfold_operator.pods import Pod, host

log = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=2)


@dataclass(frozen=True)
class Report:
    """One runtime's account of itself."""

    status: RuntimeStatus
    drift: float | None = None
    speedup: float | None = None

    @property
    def is_last(self) -> bool:
        """Whether there is nothing more to learn from this start of the runtime."""
        return self.status.state is not State.LOADING


class Asking(Protocol):
    """Asks one pod; None when it does not answer."""

    async def __call__(self, pod: Pod) -> Report | None: ...


class Reports:
    """The last report of each pod. A pod that has said its last word is not asked again."""

    def __init__(self, ask: Asking) -> None:
        self._ask = ask
        self._known: dict[str, dict[str, Report]] = {}

    async def of(self, model: str, pods: Iterable[Pod]) -> tuple[Report, ...]:
        """Give the reports of the model's pods, asking those that may have news."""
        known = self._known.get(model, {})
        running = [pod for pod in pods if pod.running and pod.ip]
        reports = await asyncio.gather(*(self._report(pod, known.get(pod.start)) for pod in running))
        found = {pod.start: report for pod, report in zip(running, reports, strict=True) if report}
        self._known[model] = found
        return tuple(found.values())

    def forget(self, model: str) -> None:
        self._known.pop(model, None)

    async def _report(self, pod: Pod, known: Report | None) -> Report | None:
        if known is not None and known.is_last:
            return known
        return await self._ask(pod) or known


class OverHttp:
    """Asks pods at their address."""

    def __init__(self, port: int = api.RUNTIME_PORT) -> None:
        self._port = port
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, pod: Pod) -> Report | None:
        url = f"http://{host(pod)}:{self._port}{api.STATUS_PATH}"
        try:
            async with self._client().get(url) as answer:
                answer.raise_for_status()
                return parse(await answer.json())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.debug("%s did not say how it is: %s", pod.name, error)
            return None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        return self._session


def parse(content: Mapping[str, Any]) -> Report | None:
    """Read a runtime's answer; a newer runtime may say more than is known here. None for another server's."""
    known = {field.alias or name for name, field in RuntimeStatus.model_fields.items()}
    try:
        status = RuntimeStatus.model_validate({name: content[name] for name in known & content.keys()})
    except pydantic.ValidationError:
        return None
    return Report(status, drift=content.get("drift"), speedup=content.get("speedup"))
