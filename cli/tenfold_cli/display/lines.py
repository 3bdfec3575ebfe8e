"""A line for every change of a model's standing."""

import asyncio
from collections.abc import Callable

from tenfold_cli.display.rows import Row, row
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import Route, RouteTable

_AN_HOUR = 3600.0


class Lines:
    """Writes what changes after it was made, for as long as it is followed."""

    def __init__(self, table: RouteTable, book: LoadBook, write: Callable[[str], None]) -> None:
        self._table = table
        self._book = book
        self._write = write
        self._told = {route.model_id: self._row(route).phase for route in table}

    async def follow(self, changed: Callable[[], None] = lambda: None) -> None:
        """Write until cancelled; `changed` is called after each line."""
        async with asyncio.TaskGroup() as group:
            for model_id in self._told:
                group.create_task(self._tell(model_id, changed))

    async def _tell(self, model_id: str, changed: Callable[[], None]) -> None:
        while True:
            route = await self._table.wait(model_id, self._is_new, _AN_HOUR)
            if route and self._is_new(route):
                self._told[model_id] = self._row(route).phase
                self._write(self._row(route).line)
                changed()

    def _is_new(self, route: Route | None) -> bool:
        return route is not None and self._row(route).phase != self._told[route.model_id]

    def _row(self, route: Route) -> Row:
        return row(route, self._book, self._table.status_age(route.model_id))
