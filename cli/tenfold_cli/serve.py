"""What `tenfold up` runs: the gateway in this process, and one child for each model."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console

from tenfold_api.inference_model import InferenceModel
from tenfold_api.progress import RuntimeStatus
from tenfold_cli.display.screen import Screen
from tenfold_cli.local import cache
from tenfold_cli.local.backend import LocalBackend
from tenfold_cli.local.keeper import Means
from tenfold_cli.local.process import Launch
from tenfold_cli.sockets import Address
from tenfold_gateway import server
from tenfold_gateway.app import Gateway, create_app
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable
from tenfold_gateway.settings import Settings

log = logging.getLogger(__name__)

_DRAIN_SECONDS = 5
_KILLED = 130


@dataclass(frozen=True)
class Plan:
    """What to serve, and how."""

    models: Sequence[InferenceModel]
    address: Address
    launch: Launch
    settings: Settings = field(default_factory=Settings)


class Local:
    """Everything that lives as long as `tenfold up`."""

    def __init__(self, plan: Plan, console: Console) -> None:
        table = RouteTable()
        book = LoadBook(cache.load_history(plan.launch.cache))
        means = Means(table, plan.launch, loaded=_noting(book))
        self._backend = LocalBackend(plan.models, means)
        self._gateway = Gateway(table, self._backend, plan.settings, book)
        self.server = server.server(create_app(self._gateway), drain=_DRAIN_SECONDS)
        self._screen = Screen(table, book, plan.address, console)
        self._console = console

    async def serve(self, door: socket.socket) -> None:
        """Serve until a signal; when this is over, nothing runs any more."""
        self._gateway.ready.set()  # every model is in the table, and the door listens already
        with self._signals():
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._backend.run()), group.create_task(self._screen.follow())]
                await self.server.serve(sockets=[door])
                for task in tasks:
                    task.cancel()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        """Stop in good order; asked a second time, at once."""
        if self.server.should_exit:
            self._backend.kill()
            self._console.show_cursor()
            os._exit(_KILLED)
        self.server.should_exit = True
        self._screen.write("Stopping; Ctrl-C again does not wait")


def run(plan: Plan, door: socket.socket, console: Console | None = None) -> None:
    """Serve behind a listening socket until a signal comes."""
    local = Local(plan, console or Console())
    with asyncio.Runner(loop_factory=local.server.config.get_loop_factory()) as runner:
        runner.run(local.serve(door))


def _noting(book: LoadBook) -> Callable[[str, RuntimeStatus], None]:
    def note(model_id: str, status: RuntimeStatus) -> None:
        try:
            book.record(model_id, status)
        except OSError as error:
            log.warning("Failed to write the load history: %s", error)

    return note
