"""tabular-classification and tabular-regression: a class or a number for each row of a table."""

from pathlib import Path
from typing import Any, Protocol, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.clients import Client
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.pipelines.no_parameters import NoParameters
from tenfold_runtime.tabular.columns import Columns, Values, missing
from tenfold_runtime.tabular.files import model_file
from tenfold_runtime.tasks.request import Request

Table = dict[str, list[StrictStr | StrictBool | StrictInt | StrictFloat | None]]


class Tabled(Request):
    data: Table = Field(min_length=1)
    """The columns by name, each a list with a value for each row."""


class TabularRequest(Request):
    inputs: Tabled | None = None
    """The table, as `@huggingface/inference` sends it."""
    table: Table | None = Field(None, min_length=1)
    """The table, as huggingface_hub sends it: the columns by name, each a list with a value for each row."""
    parameters: NoParameters = NoParameters()

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if (self.inputs is None) == (self.table is None):
            raise PydanticCustomError("one_table", "give the table, either in `table` or in `inputs.data`")
        return self

    @property
    def given(self) -> tuple[str, Table]:
        """The table, and its path in the body."""
        if self.inputs is not None:
            return "inputs.data", self.inputs.data
        return "table", self.table or {}


class Model(Protocol):
    """A model of tables."""

    @property
    def columns(self) -> Columns:
        """What it takes."""

    def predict(self, values: Values) -> Any:
        """Give an array with an answer for each row; raises ValueError where the values do not fit."""


class Tabular(PipelineTask[TabularRequest]):
    request = TabularRequest

    def __init__(self, model: Model, most: int) -> None:
        """most: rows that one request may have."""
        self._model = model
        self._most = most

    @classmethod
    def load(cls, weights: Weights) -> Self:
        folder = ModelFolder(weights.folder)
        file = model_file(folder, weights.engine, allow_pickle=weights.security.allow_pickle)
        return cls(_model(file, cls.task, weights, folder.tabular), weights.limits.max_inputs)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": {"data": self._model.columns.example()}}

    def answer(self, request: TabularRequest, client: Client) -> list[Any]:
        field, table = request.given
        values = self._model.columns.values(table, field, self._most)
        try:
            answers: list[Any] = self._model.predict(values).tolist()
        except (ValueError, TypeError, KeyError) as error:
            blamed = missing(table, field) or field
            raise InvalidInput(blamed, f"the model cannot use these values: {error}") from error
        return answers


class TabularClassification(Tabular):
    task = Task.TABULAR_CLASSIFICATION


class TabularRegression(Tabular):
    task = Task.TABULAR_REGRESSION


def _model(file: Path, task: Task, weights: Weights, described: dict[str, Any]) -> Model:
    if weights.engine is Engine.ONNX:
        from tenfold_runtime.tabular.graph import Graph

        return Graph(file, task, described, weights.threads)
    from tenfold_runtime.tabular import estimator

    return estimator.load(file, task, weights.security, described)
