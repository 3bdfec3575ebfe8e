"""The table that changes in place while models come up."""

import asyncio
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live
from rich.table import Table

from tenfold_cli.display.rows import COLUMNS, Row, rows
from tenfold_gateway.about import Standing
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable

_TICK = 0.1
_YIELDING = ("MODEL", "TASK")  # shortened where the terminal is narrow
_STYLES = {Standing.READY: "green", Standing.FAILED: "red", Standing.SLEEPING: "dim"}


async def follow(routes: RouteTable, book: LoadBook, console: Console) -> None:
    """Show all models until each is ready, asleep or has failed."""
    with Live(console=console, auto_refresh=False) as live:
        now = rows(routes, book)
        while not all(row.is_over for row in now):
            live.update(table(now), refresh=True)
            await asyncio.sleep(_TICK)
            now = rows(routes, book)
        live.update(table(now), refresh=True)


def table(now: Sequence[Row]) -> Table:
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in COLUMNS:
        drawn.add_column(column, no_wrap=column not in _YIELDING)
    for row in now:
        drawn.add_row(*row.cells, style=_STYLES.get(row.standing, ""))
    return drawn
