"""A table as JSON has it, to the columns that a model was made for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tenfold_runtime.errors import InvalidInput

Cell: TypeAlias = str | int | float | bool | None
Table: TypeAlias = Mapping[str, list[Cell]]
# Columns by name, in the model's order. A missing number is NaN, a missing text None.
Values: TypeAlias = dict[str, list[float] | list[str | None]]


@dataclass(frozen=True, slots=True)
class Column:
    """What a model expects of one column."""

    name: str
    is_text: bool = False
    may_miss: bool = False
    """Whether a value may be null."""
    example: Cell = 0.0


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a model, in its own order."""

    columns: tuple[Column, ...]
    named: bool = True
    """Whether the names are the model's. Else a table's columns are taken in the order in which they come."""

    def example(self) -> dict[str, list[Cell]]:
        """Give a table of one row."""
        return {column.name: [column.example] for column in self.columns}

    def values(self, table: Table, field: str, most: int) -> Values:
        """Check a table and put it into order; raises InvalidInput, which names the column.

        field: the path of the table in the request. most: rows that are accepted.
        """
        given = self._found(table, field)
        _check_lengths(given, field, most)
        pairs = zip(self.columns, given.items(), strict=True)
        return {column.name: _read(column, cells, f"{field}.{name}") for column, (name, cells) in pairs}

    def _found(self, table: Table, field: str) -> Table:
        """Give the caller's columns in the model's order."""
        if not self.named:
            return self._by_place(table, field)
        names = [column.name for column in self.columns]
        for name in names:
            if name not in table:
                raise InvalidInput(
                    f"{field}.{name}", f"the column is missing; the model takes {_list(names)}"
                )
        return {name: table[name] for name in names}

    def _by_place(self, table: Table, field: str) -> Table:
        if len(table) != len(self.columns):
            raise InvalidInput(
                field, f"{len(table)} columns; the model takes {len(self.columns)}, in its own order"
            )
        return table


def missing(table: Table, field: str) -> str | None:
    """Give the path of the first value that is null."""
    places = ((name, cells.index(None)) for name, cells in table.items() if None in cells)
    return next((f"{field}.{name}.{row}" for name, row in places), None)


def _list(names: list[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _check_lengths(table: Table, field: str, most: int) -> None:
    (first, cells), *_ = table.items()
    if not 1 <= len(cells) <= most:
        raise InvalidInput(f"{field}.{first}", f"{len(cells)} values; 1 to {most} rows are accepted")
    for name, others in table.items():
        if len(others) != len(cells):
            raise InvalidInput(f"{field}.{name}", f"{len(others)} values, but {first} has {len(cells)}")


def _read(column: Column, cells: list[Cell], path: str) -> list[float] | list[str | None]:
    if not column.may_miss and None in cells:
        raise InvalidInput(f"{path}.{cells.index(None)}", "null; the model needs a value")
    return _texts(cells, path) if column.is_text else _numbers(cells, path)


def _texts(cells: list[Cell], path: str) -> list[str | None]:
    for row, cell in enumerate(cells):
        if not isinstance(cell, str | None):
            raise InvalidInput(f"{path}.{row}", f"the column holds texts, got {cell!r}")
    return [cell for cell in cells if isinstance(cell, str | None)]


def _numbers(cells: list[Cell], path: str) -> list[float]:
    return [math.nan if cell is None else _number(cell, f"{path}.{row}") for row, cell in enumerate(cells)]


def _number(cell: str | float, path: str) -> float:
    """Read a number; in strings too, for that is how clients of the hosted API send them."""
    try:
        value = float(cell)
    except (ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(path, f"the column holds finite numbers, got {str(cell)[:100]!r}")
    return value
