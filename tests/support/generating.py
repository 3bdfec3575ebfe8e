"""A decoder that is loaded as the runtime loads it, generating in this process."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from served import ANYONE, BuildHere, settings
from tenfold_runtime.answering import Prediction, Stream
from tenfold_runtime.generation.generator import Generator
from tenfold_runtime.generation.loaded import LoadedDecoder
from tenfold_runtime.journal import Journal
from tenfold_runtime.loader import Loader


def load(folder: Path, cache: Path, **spec: Any) -> LoadedDecoder:
    loaded = Loader(settings(folder, cache, **spec), Journal(), BuildHere()).load()
    assert isinstance(loaded, LoadedDecoder)
    return loaded


@asynccontextmanager
async def generating(loaded: LoadedDecoder, folder: Path, **spec: Any) -> AsyncIterator[Generator]:
    """A generator whose worker works."""
    model = settings(folder, folder, **spec).model
    generator = Generator(loaded, model.spec)
    working = asyncio.create_task(generator.worker.work())
    yield generator
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working
    generator.worker._thread.shutdown()  # the next one may use the same decoder


async def ask(generator: Generator, inputs: Any, **parameters: Any) -> Any:
    """Give the answer to a body of the hosted API, as JSON has it."""
    body = json.dumps({"inputs": inputs, "parameters": parameters}).encode()
    answer = await generator.predict(body, None, ANYONE)
    assert isinstance(answer, Prediction)
    return answer.answer


async def stream(generator: Generator, inputs: Any, **parameters: Any) -> AsyncGenerator[Any]:
    """Give the events of a streamed answer, as JSON has them."""
    body = json.dumps({"inputs": inputs, "parameters": parameters, "stream": True}).encode()
    answer = await generator.predict(body, None, ANYONE)
    assert isinstance(answer, Stream)
    async for event in answer.events:
        yield json.loads(event.removeprefix(b"data:"))
