"""Tables as the tokenizer of TAPAS reads them: it takes the cells of a row by place, as pandas 2 allowed."""

from typing import Any

import pandas


class _Row(pandas.Series):  # type: ignore[misc]  # pandas has no types here
    def __getitem__(self, key: Any) -> Any:
        return self.iloc[key] if isinstance(key, int) else super().__getitem__(key)


class _Frame(pandas.DataFrame):  # type: ignore[misc]
    _constructor_sliced = _Row

    @property
    def _constructor(self) -> type["_Frame"]:
        return _Frame


def frame(table: dict[str, list[str]]) -> pandas.DataFrame:
    """Make a table of columns of one length, whose cells may be replaced by anything."""
    return _Frame(table, dtype=object)
