"""An ONNX graph of a model of tables: one input for all columns, or a named input for each."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.network import options
from tenfold_runtime.tabular.columns import Cell, Column, Columns, Values

_DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


class Graph:
    """A graph in memory, and the columns that it takes."""

    def __init__(self, file: Path, task: Task, described: dict[str, Any], threads: int) -> None:
        """described: what config.json says of the model: `columns` and `example_input` are used."""
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), options(threads), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors have no class of their own
            raise CannotLoad(422, "InvalidModel", f"{file.name} cannot be loaded: {error}") from error
        self._classifies = task is Task.TABULAR_CLASSIFICATION
        self._inputs = self._session.get_inputs()
        self._output = self._session.get_outputs()[0].name
        self.columns = self._columns(described)

    def predict(self, values: Values) -> Any:
        """Give an answer for each row, shape (rows,) or (rows, outputs); raises ValueError."""
        try:
            (answers,) = self._session.run([self._output], self._feed(values))
        except Exception as error:  # ONNX Runtime's errors have no class of their own
            raise ValueError(str(error)) from error
        return self._answers(np.asarray(answers))

    def _answers(self, answers: Any) -> Any:
        """Labels and values as they are; of a classifier that gives only scores, the index of the best."""
        if answers.ndim == 2 and answers.shape[1] == 1:
            return answers[:, 0]
        scores = answers.ndim == 2 and answers.dtype.kind == "f"
        return answers.argmax(axis=1) if self._classifies and scores else answers

    def _feed(self, values: Values) -> dict[str, Any]:
        if len(self._inputs) == 1:
            (whole,) = self._inputs
            columns: list[Any] = [np.asarray(cells, _DTYPES[whole.type]) for cells in values.values()]
            return {whole.name: np.stack(columns, axis=1)}
        return {one.name: np.asarray(values[one.name], _DTYPES[one.type])[:, None] for one in self._inputs}

    def _columns(self, described: dict[str, Any]) -> Columns:
        if unknown := {one.type for one in self._inputs} - set(_DTYPES):
            raise CannotLoad(422, "InvalidModel", f"inputs of {', '.join(unknown)} are not supported")
        shown = described.get("example_input") or {}
        if len(self._inputs) > 1:
            return Columns(tuple(_column(one.name, one.type, shown) for one in self._inputs))
        (whole,) = self._inputs
        names = list(described.get("columns") or [])
        count = len(names) or (whole.shape[1] if len(whole.shape) == 2 else None)
        if not isinstance(count, int):
            message = (
                "the graph does not tell how many columns it takes; name them in config.json: sklearn.columns"
            )
            raise CannotLoad(422, "InvalidModel", message)
        listed = names or [str(index) for index in range(count)]
        return Columns(tuple(_column(name, whole.type, shown) for name in listed), named=bool(names))


def _column(name: str, kind: str, shown: dict[str, list[Cell]]) -> Column:
    is_text = kind == "tensor(string)"
    (example, *_) = shown.get(name) or ["" if is_text else 0.0]
    return Column(name, is_text, example=example)
