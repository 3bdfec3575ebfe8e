"""Passes a request on to a replica and its answer back, chunk by chunk. The one module that knows aiohttp."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from starlette.types import Send
from yarl import URL

from tenfold_gateway import headers
from tenfold_gateway.asked import Asked
from tenfold_gateway.balance import Balancer
from tenfold_gateway.errors import Garbled, Lost, TooSlow
from tenfold_gateway.routes import Replica
from tenfold_gateway.settings import Settings

log = logging.getLogger(__name__)

# Shorter than the 5 s after which uvicorn closes an idle connection: we must not write into a closed one.
_KEEP_ALIVE = 4.0
# aiohttp writes a larger body at one go, and warns that this blocks.
_AT_ONE_GO = 2**20
# What aiohttp would add to a request of its own accord.
_UNASKED = ("accept", "accept-encoding", "content-type", "user-agent")


class Forwarder:
    """Keeps connections to the replicas and speaks HTTP with them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._balancer = Balancer(settings.eject_after, settings.eject_time)
        self._session: aiohttp.ClientSession

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections within the block."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE),
            timeout=aiohttp.ClientTimeout(sock_connect=self._settings.connect_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_UNASKED,
        ) as self._session:
            yield

    async def forward(self, asked: Asked, replicas: Sequence[Replica], seconds: float, send: Send) -> None:
        """Have one of the replicas answer; its answer must begin within `seconds`."""
        with self._balancer.pick(replicas) as replica:
            async with await self._answer(asked, replica, seconds) as answer:
                await self._pass_back(asked, answer, send)

    async def _answer(self, asked: Asked, replica: Replica, seconds: float) -> aiohttp.ClientResponse:
        try:
            async with asyncio.timeout(seconds):
                answer = await self._request(asked, replica)
        except aiohttp.ClientConnectionError as error:
            self._balancer.failed(replica)
            log.warning("Lost %s of %s: %s", replica.url, asked.model_id, error)
            raise Lost(asked.model_id, replica) from None
        except TimeoutError:
            raise TooSlow(seconds) from None
        except aiohttp.ClientError as error:
            log.warning("Got no HTTP from %s of %s: %s", replica.url, asked.model_id, error)
            raise Garbled(asked.model_id) from None
        self._balancer.succeeded(replica)
        return answer

    async def _request(self, asked: Asked, replica: Replica) -> aiohttp.ClientResponse:
        query = f"?{asked.query}" if asked.query else ""
        return await self._session.request(
            asked.method,
            URL(replica.url + asked.path + query, encoded=True),
            data=_payload(asked.body),
            headers=headers.to_runtime(asked.headers, asked.request_id),
            allow_redirects=False,
        )

    async def _pass_back(self, asked: Asked, answer: aiohttp.ClientResponse, send: Send) -> None:
        passed = headers.from_runtime(answer.raw_headers)
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": passed})
            await self._stream(answer.content, send)
        except (aiohttp.ClientError, TimeoutError) as error:
            # An answer left incomplete: the server closes the connection, so that the caller notices.
            log.warning("Cut off an answer of %s: %s", asked.model_id, error or "it paused for too long")
            answer.close()

    async def _stream(self, content: aiohttp.StreamReader, send: Send) -> None:
        more = True
        while more:
            async with asyncio.timeout(self._settings.idle_timeout):
                chunk = await content.readany()
                more = not content.at_eof()
                await send({"type": "http.response.body", "body": chunk, "more_body": more})


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    if len(body) > _AT_ONE_GO:
        return io.BytesIO(body)
    return body or None
