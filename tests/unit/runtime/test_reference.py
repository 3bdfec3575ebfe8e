"""The page of all tasks."""

from pathlib import Path

import pytest

import tiny_zoo
from tenfold_api.examples import EXAMPLES
from tenfold_api.tasks import Task
from tenfold_runtime import reference

DESCRIBED = {each.task: each for each in reference.described()}
DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_that_of_the_code():
    assert (DOCS / "tasks.md").read_text(encoding="utf-8") == reference.markdown(), "run make generate"


@pytest.mark.parametrize("task", Task)
def test_every_task_has_an_example(task):
    assert EXAMPLES[task].answer is not None


@pytest.mark.parametrize(
    "task", [task for task, each in DESCRIBED.items() if "base64" not in str(each.example.body)]
)
def test_an_examples_body_is_a_request_of_its_task(task):
    each = DESCRIBED[task]
    body = {"inputs": b"file"} if each.example.body is None else each.example.body

    assert each.request.model_validate(body)


def test_the_clients_that_are_told_of_are_those_that_are_run():
    assert {task for task, each in DESCRIBED.items() if each.clients != "–"} == set(tiny_zoo.MODELS)


def test_a_parameter_is_told_with_its_bounds_and_its_meaning():
    page = reference.markdown()

    assert "| `top_k` | integer, from 1 | `5` | How many tokens. |" in page
