"""Passes a request on to a replica and its answer back, chunk by chunk."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tenfold_gateway import headers
from tenfold_gateway.arriving import NotHttp
from tenfold_gateway.asked import Asked
from tenfold_gateway.balance import Balancer
from tenfold_gateway.caller import Caller
from tenfold_gateway.connection import Connection, CutOff, Gone
from tenfold_gateway.errors import Garbled, LeftIncomplete, Lost, Paused, TooSlow
from tenfold_gateway.outgoing import request
from tenfold_gateway.pool import Pool
from tenfold_gateway.routes import Replica
from tenfold_gateway.settings import Settings

log = logging.getLogger(__name__)


class Forwarder:
    """Has replicas answer, over connections that it keeps."""

    def __init__(self, settings: Settings) -> None:
        self._idle_timeout = settings.idle_timeout
        self._balancer = Balancer(settings.eject_after, settings.eject_time)
        self._pool = Pool(settings.connect_timeout)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections within the block."""
        async with self._pool.opened():
            yield

    def at_once(self, replicas: Sequence[Replica]) -> tuple[Replica, Connection] | None:
        """Choose one of the replicas, if there is a connection to it that can be used now. Give both back."""
        replica = self._balancer.take(replicas)
        connection = self._pool.kept(replica.url)
        if connection is None:
            self._balancer.give_back(replica)
            return None
        return replica, connection

    def give_back(self, replica: Replica, connection: Connection) -> None:
        """End what `at_once` began."""
        self._balancer.give_back(replica)
        self._pool.give_back(replica.url, connection)

    def forget(self, replica: Replica) -> None:
        """Use no kept connection to this replica: it has just closed one."""
        self._pool.forget(replica.url)

    async def forward(
        self, asked: Asked, replicas: Sequence[Replica], seconds: float, caller: Caller
    ) -> None:
        """Have one of the replicas answer; its answer must begin within `seconds`."""
        with self._balancer.pick(replicas) as replica:
            caller.within(seconds, TooSlow)
            connection = await self._answering(asked, replica)
            try:
                await self._pass_back(connection, caller)
            finally:
                self._pool.give_back(replica.url, connection)

    async def _answering(self, asked: Asked, replica: Replica) -> Connection:
        try:
            connection = await self._pool.ask(replica.url, request(asked, replica.url))
        except Gone as error:
            self._balancer.failed(replica)
            log.warning("Lost %s of %s: %s", replica.url, asked.model_id, error)
            raise Lost(asked.model_id, replica) from None
        except NotHttp as error:
            log.warning("Got no HTTP from %s of %s: %s", replica.url, asked.model_id, error)
            raise Garbled(asked.model_id) from None
        self._balancer.succeeded(replica)
        return connection

    async def _pass_back(self, connection: Connection, caller: Caller) -> None:
        caller.within(self._idle_timeout, Paused)
        answer = connection.answer
        passed = headers.from_runtime(answer.headers)
        await caller.send({"type": "http.response.start", "status": answer.status, "headers": passed})
        try:
            await self._stream(connection, caller)
        except (CutOff, NotHttp) as error:
            raise LeftIncomplete(str(error)) from None

    async def _stream(self, connection: Connection, caller: Caller) -> None:
        more = True
        while more:
            chunk = await connection.read()
            more = not connection.answer.complete
            await caller.send({"type": "http.response.body", "body": chunk, "more_body": more})
            if more:
                caller.within(self._idle_timeout, Paused)
