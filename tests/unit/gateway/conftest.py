"""A gateway a test, with short time limits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway_world import World
from tenfold_gateway.settings import Settings

SHORT = {"hold_timeout": 5.0, "retry_pause": 0.05, "body_timeout": 0.2, "idle_timeout": 0.3}


@pytest.fixture
async def gateway() -> AsyncIterator[Callable[..., Awaitable[World]]]:
    """Start a gateway; keywords are settings."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> World:
            world = World(Settings(**{**SHORT, **settings}), stack)
            await world.open()
            return world

        yield start


@pytest.fixture
async def world(gateway: Callable[..., Awaitable[World]]) -> World:
    return await gateway()
