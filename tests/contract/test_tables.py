"""Questions about tables, beside transformers' own pipeline on the same weights."""

from pathlib import Path
from typing import Any

import pytest
import transformers
from huggingface_hub.inference._generated.types import TableQuestionAnsweringOutputElement

import tiny_tables
from served import Served, serve
from tenfold_runtime.errors import RequestError
from tenfold_runtime.pipelines.table_frame import frame

TABLE = {"name": ["anna", "bert", "cleo"], "age": ["31", "52", "47"], "town": ["rome", "oslo", "lyon"]}
BODY = {"inputs": {"query": "How old is bert?", "table": TABLE}}
TASK = "table-question-answering"


@pytest.fixture(scope="module")
def tapas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tables.tapas(tmp_path_factory.mktemp("models") / "tapas")


@pytest.fixture(scope="module")
def served(tapas: Path, cache: Path) -> Served:
    return serve(tapas, cache)


def transformers_says(folder: Path) -> Any:
    pipeline = transformers.pipeline(TASK, str(folder), device="cpu")
    return pipeline(table=frame(TABLE), query=BODY["inputs"]["query"])


def question(**inputs: Any) -> Any:
    return {"inputs": {**BODY["inputs"], **inputs}}


def test_the_answer_is_that_of_transformers(tapas: Path, served: Served) -> None:
    expected = transformers_says(tapas)

    assert served.ask(BODY) == {**expected, "coordinates": [list(one) for one in expected["coordinates"]]}


def test_an_answer_has_the_fields_that_clients_read(served: Served) -> None:
    read = TableQuestionAnsweringOutputElement.parse_obj_as_instance(served.ask(BODY))

    assert isinstance(read.answer, str)
    assert read.aggregator in tiny_tables.AGGREGATORS.values()
    assert read.cells == [list(TABLE.values())[column][row] for row, column in read.coordinates]


def test_query_may_be_called_question(served: Served) -> None:
    body = {"inputs": {"question": BODY["inputs"]["query"], "table": TABLE}}

    assert served.ask(body) == served.ask(BODY)


def test_a_list_is_answered_with_a_list(served: Served) -> None:
    assert served.ask({"inputs": [BODY["inputs"]] * 2}) == [served.ask(BODY)] * 2


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "http://localhost"}, {"padding": "max_length"}, {"padding": "do_not_pad"},
        {"sequential": True}, {"truncation": False}, {"truncation": True},
    ],
)  # fmt: skip
def test_parameters_do_not_change_the_answer_to_a_small_table(parameters: Any, served: Served) -> None:
    assert served.ask({**BODY, "parameters": parameters}) == served.ask(BODY)


def test_a_model_that_only_finds_cells_says_that_nothing_is_made_of_them(tmp_path: Path, cache: Path) -> None:
    answer = serve(tiny_tables.tapas(tmp_path / "cells", aggregates=False), cache).ask(BODY)

    assert answer["aggregator"] == "NONE"


@pytest.fixture(scope="module")
def tapex(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_tables.tapex(tmp_path_factory.mktemp("models") / "tapex")


def test_a_model_that_writes_its_answer_names_no_cells(tapex: Path, cache: Path) -> None:
    answer = serve(tapex, cache, task=TASK).ask(BODY)

    expected = transformers_says(tapex)
    assert answer == {**expected, "answer": expected["answer"].strip(), **answer}
    assert (answer["cells"], answer["coordinates"], answer["aggregator"]) == ([], [], "NONE")


LONG = {"name": ["anna"] * 300}


def test_the_last_rows_of_a_long_table_are_left_out(tapex: Path, served: Served, cache: Path) -> None:
    wrote = serve(tapex, cache, task=TASK)

    assert served.ask(question(table=LONG))["aggregator"]
    assert isinstance(wrote.ask(question(table=LONG))["answer"], str)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (question(table={"a": ["1"], "b": []}), "must have as many cells; they have: a 1, b 0"),
        (question(table={"a": []}), "`table` has no rows"),
        (question(table={}), "`inputs.table`"),
        (question(table={"a": [1]}), "`inputs.table.a.0`: must be a string"),
        (question(query=""), "`inputs.query`"),
        ({"inputs": {"table": TABLE}}, "`inputs.query`: field required"),
        ({"inputs": "How old is bert?"}, "`inputs`: must be an object"),
        ({**BODY, "parameters": {"top_k": 2}}, "`parameters.top_k`: unknown parameter"),
        (
            {**question(table=LONG), "parameters": {"truncation": False}},
            "`inputs.table`: the model cannot read it",
        ),
        (question(query="how " * 30_000), "`inputs`: the question and the table have 60009 tokens"),
        (question(table={f"c{n}": ["1"] for n in range(20)}), "`inputs.table`: the model cannot read it"),
    ],
)
def test_what_cannot_be_read_is_named(body: Any, said: str, served: Served) -> None:
    with pytest.raises(RequestError) as refused:
        served.ask(body)

    assert refused.value.status == 400
    assert said in str(refused.value)
