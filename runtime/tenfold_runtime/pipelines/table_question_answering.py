"""table-question-answering: the cells of a table that answer a question, and what is to be made of them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from tenfold_api.clients import Client
from tenfold_api.spec import Limits
from tenfold_api.tasks import Task
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.pipelines import transformers_pipeline
from tenfold_runtime.pipelines.base import PipelineTask, Weights
from tenfold_runtime.tasks.request import MANY, ONE, Parameters, Request, inputs_from_root, one_or_all

# What a model of a table's cells answers where nothing is made of them, and one without cells always.
_NO_AGGREGATOR = "NONE"
_NO_CELLS = {"coordinates": [], "cells": [], "aggregator": _NO_AGGREGATOR}
_TABLE = {"Repository": ["Transformers", "Datasets"], "Stars": ["36542", "4512"]}


class TableQuestion(BaseModel):
    query: Annotated[str, Field(min_length=1, validation_alias=AliasChoices("query", "question"))]
    """What is asked. `question` is another name of it."""
    table: Annotated[dict[str, list[str]], Field(min_length=1)]
    """The cells of each column, from the top down, by the column's name."""

    @model_validator(mode="after")
    def _a_cell_in_every_place(self) -> Self:
        lengths = {name: len(cells) for name, cells in self.table.items()}
        if len(set(lengths.values())) > 1:
            told = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:20])
            raise PydanticCustomError(
                "columns", "all columns of `table` must have as many cells; they have: {told}", {"told": told}
            )
        if not next(iter(lengths.values())):
            raise PydanticCustomError("empty", "`table` has no rows")
        return self


def _kind(inputs: Any) -> str:
    return MANY if isinstance(inputs, list) else ONE


OneOrMany = Annotated[
    Annotated[TableQuestion, Tag(ONE)] | Annotated[list[TableQuestion], Field(min_length=1), Tag(MANY)],
    Discriminator(_kind),
]


class TableQuestionAnsweringParameters(Parameters):
    padding: bool | Literal["do_not_pad", "longest", "max_length"] | None = None
    """Fill the input up to a length; the answer is the same."""
    sequential: bool = False
    """Read the questions of one conversation in turn, for models that were made for it."""
    truncation: bool | None = None
    """Leave out the last rows of a table that is too long; they are by default, false refuses it."""
    model: str | None = None
    """Clients send the model's name here. It changes nothing."""


class TableQuestionAnsweringRequest(Request):
    inputs: OneOrMany
    """A question with its table, or a list of them."""
    parameters: TableQuestionAnsweringParameters = TableQuestionAnsweringParameters()

    @model_validator(mode="before")
    @classmethod
    def _inputs_at_root(cls, body: Any) -> Any:
        return inputs_from_root(body, "query", "question", "table")


class TableQuestionAnswering(PipelineTask[TableQuestionAnsweringRequest]):
    task = Task.TABLE_QUESTION_ANSWERING
    request = TableQuestionAnsweringRequest

    def __init__(self, pipeline: Any, limits: Limits) -> None:
        self._pipeline = pipeline
        self._truncation = "drop_rows_to_fit" if pipeline.type == "tapas" else "longest_first"
        self._most = limits.max_inputs
        _fit(pipeline)

    @classmethod
    def load(cls, weights: Weights) -> Self:
        made = transformers_pipeline.make(cls.task, weights, onnx=None, processors=("tokenizer",))
        return cls(made, weights.limits)

    def example_body(self) -> dict[str, Any]:
        return {"inputs": {"query": "How many stars does Transformers have?", "table": _TABLE}}

    def answer(self, request: TableQuestionAnsweringRequest, client: Client) -> Any:
        questions = request.inputs if isinstance(request.inputs, list) else [request.inputs]
        if len(questions) > self._most:
            raise InvalidInput("inputs", f"{len(questions)} questions; at most {self._most} are accepted")
        return one_or_all(request.inputs, [self._one(each, request.parameters) for each in questions])

    def _one(self, asked: TableQuestion, parameters: TableQuestionAnsweringParameters) -> dict[str, Any]:
        from tenfold_runtime.pipelines.table_frame import frame

        try:
            found = self._pipeline(table=frame(asked.table), query=asked.query, **self._arguments(parameters))
        except (ValueError, IndexError) as error:
            told = str(error).partition("\n")[0]
            raise InvalidInput("inputs.table", f"the model cannot read it: {told}") from error
        return {**_NO_CELLS, **found, "answer": found["answer"].lstrip()}

    def _arguments(self, asked: TableQuestionAnsweringParameters) -> dict[str, Any]:
        truncation = "do_not_truncate" if asked.truncation is False else self._truncation
        given = {"truncation": truncation, "padding": asked.padding, "sequential": asked.sequential}
        return {name: value for name, value in given.items() if value is not None}


def _refusing_longer(preprocess: Callable[..., Any], most: int) -> Callable[..., Any]:
    """Refuse what has more tokens than positions: TAPAS counts positions anew in each cell, and takes any."""

    def read(*given: Any, **options: Any) -> Any:
        inputs = preprocess(*given, **options)
        tokens = inputs["input_ids"].shape[-1]
        if tokens > most:
            told = f"the question and the table have {tokens} tokens"
            raise InvalidInput("inputs", f"{told}; at most {most} are accepted")
        return inputs

    return read


def _fit(pipeline: Any) -> None:
    """Hold the tokenizer to the model's positions, rows and columns."""
    tokenizer, config = pipeline.tokenizer, pipeline.model.config
    tokenizer.model_max_length = min(tokenizer.model_max_length, config.max_position_embeddings)
    pipeline.preprocess = _refusing_longer(pipeline.preprocess, tokenizer.model_max_length)
    if pipeline.type == "tapas":
        columns, rows = config.type_vocab_sizes[1:3]
        tokenizer.max_column_id = min(tokenizer.max_column_id, columns)
        tokenizer.max_row_id = min(tokenizer.max_row_id, rows)
