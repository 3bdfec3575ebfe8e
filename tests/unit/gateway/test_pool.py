"""Connections to replicas: kept, replaced once when a replica has closed one, never shared."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway_raw import CLOSE, HELLO, THEN_CLOSE, RawReplica, raw_replica
from gateway_sockets import nobody
from tenfold_gateway.arriving import NotHttp
from tenfold_gateway.connection import Connection, CutOff, Gone, Request
from tenfold_gateway.pool import Pool

ASK = Request(b"GET / HTTP/1.1\r\n\r\n")


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool(connect_timeout=1.0)
    async with pool.opened():
        yield pool


async def body_of(connection: Connection) -> bytes:
    body = await connection.read()
    while not connection.answer.complete:
        body += await connection.read()
    return body


async def asked(pool: Pool, replica: RawReplica) -> bytes:
    connection = await pool.ask(replica.url, ASK)
    try:
        return await body_of(connection)
    finally:
        pool.give_back(replica.url, connection)


async def test_a_connection_is_used_again(pool):
    async with raw_replica(HELLO) as replica:
        assert [await asked(pool, replica) for _ in range(3)] == [b"hello"] * 3
    assert replica.connections == 1


async def test_callers_at_once_have_a_connection_each(pool):
    async with raw_replica(HELLO) as replica:
        assert await asyncio.gather(*(asked(pool, replica) for _ in range(5))) == [b"hello"] * 5
    assert replica.connections == 5


async def test_a_kept_connection_that_was_closed_is_replaced(pool):
    async with raw_replica(HELLO, CLOSE) as replica:
        assert [await asked(pool, replica) for _ in range(3)] == [b"hello"] * 3
    assert replica.connections == 3


async def test_a_new_connection_that_is_closed_at_once_is_not_replaced(pool):
    async with raw_replica(CLOSE) as replica:
        with pytest.raises(Gone):
            await asked(pool, replica)
    assert replica.connections == 1


async def test_a_kept_connection_that_answers_in_part_is_not_replaced(pool):
    async with raw_replica(HELLO, b"HTTP/1.1 2" + THEN_CLOSE) as replica:
        await asked(pool, replica)
        with pytest.raises(NotHttp):
            await asked(pool, replica)
    assert replica.connections == 1


async def test_who_gives_up_hangs_up(pool):
    async with raw_replica(b"HTTP/1.1 2") as replica:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.ask(replica.url, ASK)
        await asyncio.wait_for(replica.left.wait(), 5)


async def test_a_connection_is_closed_after_its_idle_time():
    pool = Pool(connect_timeout=1.0, keep_alive=0.05)
    async with pool.opened(), raw_replica(HELLO) as replica:
        await asked(pool, replica)
        await asyncio.wait_for(replica.left.wait(), 5)


async def test_a_refused_connection_is_gone(pool):
    with pytest.raises(Gone):
        await pool.ask(nobody(), ASK)


async def test_bytes_beyond_the_answer_spoil_the_connection(pool):
    async with raw_replica(HELLO + HELLO) as replica:
        assert [await asked(pool, replica) for _ in range(2)] == [b"hello"] * 2
    assert replica.connections == 2


async def test_a_large_answer_arrives_whole_and_is_not_read_ahead_of_its_reader(pool):
    size = 16 * 2**20
    async with raw_replica(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"a" * size) as replica:
        connection = await pool.ask(replica.url, ASK)
        await asyncio.sleep(0.1)
        assert connection.answer.waiting < 2**20
        assert len(await body_of(connection)) == size
        pool.give_back(replica.url, connection)


async def test_a_body_that_breaks_off_is_cut_off_after_what_there_was(pool):
    async with raw_replica(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhe" + THEN_CLOSE) as replica:
        connection = await pool.ask(replica.url, ASK)
        assert await connection.read() == b"he"
        with pytest.raises(CutOff):
            await connection.read()


async def test_a_body_without_a_length_ends_with_the_connection(pool):
    async with raw_replica(b"HTTP/1.1 200 OK\r\n\r\nhello" + THEN_CLOSE) as replica:
        assert await asked(pool, replica) == b"hello"


async def test_a_large_request_arrives_whole(pool):
    async with raw_replica(HELLO) as replica:
        connection = await pool.ask(replica.url, Request(b"POST / HTTP/1.1\r\n\r\n", b"a" * 2**20))
        assert connection.answer.status == 200
        connection.close()
