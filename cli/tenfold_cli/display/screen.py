"""All that `tenfold up` shows: a first line, the models coming up, what to try, and later changes."""

from collections.abc import Iterator

from rich.console import Console

from tenfold_cli import examples
from tenfold_cli.display import live
from tenfold_cli.display.lines import Lines
from tenfold_cli.display.rows import Row, rows
from tenfold_cli.sockets import Address
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable


class Screen:
    """A table where there is a terminal, lines everywhere else."""

    def __init__(self, table: RouteTable, book: LoadBook, address: Address, console: Console) -> None:
        self._table = table
        self._book = book
        self._address = address
        self._console = console
        self._is_done = False

    async def follow(self) -> None:
        """Show what happens, until cancelled."""
        self._begin()
        if self._console.is_interactive and self._console.file.isatty():
            await self._follow_live()
        lines = Lines(self._table, self._book, self.write)
        self._sum_up()
        await lines.follow(self._sum_up)

    async def _follow_live(self) -> None:
        """Show the table; it has no room for the reasons of failures."""
        await live.follow(self._table, self._book, self._console)
        for row in rows(self._table, self._book):
            if row.failure:
                self.write(row.line)

    def write(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _begin(self) -> None:
        count = len(list(self._table))
        models = "1 model" if count == 1 else f"{count} models"
        self.write(f"Starting {models} on {self._address.url}; stop with Ctrl-C")

    def _sum_up(self) -> None:
        """Say once what can be tried, as soon as every model has come up or never will."""
        now = rows(self._table, self._book)
        if self._is_done or not all(row.is_over for row in now):
            return
        self._is_done = True
        for line in summary(now, self._address):
            self.write(line)


def summary(now: list[Row], address: Address) -> Iterator[str]:
    """Give the last lines: how to try what can be tried."""
    served = [row for row in now if not row.failure]
    yield f"Ready on {address.url}" if served else f"No model can be served; {address.url} says why"
    for row in served:
        yield "  " + examples.curl(address.shortest, row.model_id, row.task)
