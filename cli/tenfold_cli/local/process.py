"""One runtime as a child process, on a socket of its own, and not outlived by anything that it started."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tenfold_api import names
from tenfold_api.inference_model import InferenceModel
from tenfold_cli import sockets
from tenfold_cli.local.output import Output

LOOPBACK = "127.0.0.1"
_STDOUT = 1


class CannotStart(Exception):
    """The machine has no room for another process."""


@dataclass(frozen=True)
class Launch:
    """How runtimes are started."""

    cache: Path
    command: tuple[str, ...] = (sys.executable, "-m", "tenfold_runtime")
    stop_seconds: float = 10.0
    """Time that a runtime has to end by itself."""

    def environment(self, model: InferenceModel) -> dict[str, str]:
        own = {each["name"]: str(each.get("value", "")) for each in model.spec.env or []}
        ours = {names.MODEL_ENV: model.to_json(), names.CACHE_ENV: str(self.cache)}
        return {**os.environ, **own, **ours}


class _Ears(asyncio.SubprocessProtocol):
    """Hears of a child's words and of its end. Unlike asyncio's Process, it does not take a pipe that a
    grandchild still holds for life."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.output.feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == _STDOUT:
            self.output.end()
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


class RuntimeProcess:
    """A child that serves one model. Its standard input stays open: when we end, however, it ends too."""

    def __init__(self, transport: asyncio.SubprocessTransport, ears: _Ears, port: int) -> None:
        self._transport = transport
        self._ears = ears
        self.pid = transport.get_pid()
        self.url = sockets.Address(LOOPBACK, port).url

    @property
    def has_exited(self) -> bool:
        return self._ears.exited.is_set()

    @property
    def status(self) -> int:
        """The exit status, or a signal's number with a minus; of a process that has exited."""
        return self._transport.get_returncode() or 0

    @property
    def last_line(self) -> str:
        return self._ears.output.last_line

    async def exits_within(self, seconds: float) -> bool:
        """Wait for its end, at most so long, and tell whether it has ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ears.exited.wait()
        return self.has_exited

    async def stop(self, seconds: float) -> None:
        """End it and all that it started; kill what has not ended by itself within so many seconds."""
        if not self.has_exited:
            self._signal(signal.SIGTERM)
            await self.exits_within(seconds)
        self.kill()
        await self._ears.exited.wait()
        await self.last_words()
        self._transport.close()

    async def last_words(self, seconds: float = 1.0) -> None:
        """Wait until it has nothing more to say."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ears.silent.wait()

    def kill(self) -> None:
        """Kill it and all that it started: it leads a process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            self._transport.send_signal(number)


@asynccontextmanager
async def running(model: InferenceModel, launch: Launch) -> AsyncIterator[RuntimeProcess]:
    """Run a runtime within the block. Its port answers at once; connections wait until it is up."""
    runtime = await _started(model, launch)
    try:
        yield runtime
    finally:
        await _completed(asyncio.create_task(runtime.stop(launch.stop_seconds)))


async def _completed(task: asyncio.Task[None]) -> None:
    """Await a task to its end, also when we are cancelled meanwhile."""
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _started(model: InferenceModel, launch: Launch) -> RuntimeProcess:
    try:
        return await _spawned(model, launch)
    except OSError as error:
        raise CannotStart(f"it could not be started: {error.strerror}") from error


async def _spawned(model: InferenceModel, launch: Launch) -> RuntimeProcess:
    # We close our copy of the socket, so that connections are refused once the child is dead.
    with sockets.listening(LOOPBACK) as listener:
        descriptor = listener.fileno()
        transport, ears = await asyncio.get_running_loop().subprocess_exec(
            lambda: _Ears(Output(model.model_id)),
            *launch.command,
            *("--fd", str(descriptor), "--exit-with-parent"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=launch.environment(model),
            pass_fds=(descriptor,),
            start_new_session=True,  # Ctrl-C in the terminal reaches only us
        )
        return RuntimeProcess(transport, ears, listener.getsockname()[1])
