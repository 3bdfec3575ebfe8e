"""What a person reads while models come up."""

import asyncio
import io

import pytest
from rich.console import Console

from cli_world import MODEL, model
from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus, State
from tenfold_api.tasks import Task
from tenfold_cli import examples
from tenfold_cli.display import live, rows
from tenfold_cli.display.lines import Lines
from tenfold_cli.display.screen import Screen
from tenfold_cli.sockets import Address
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import Replica, Route, RouteTable

ADDRESS = Address("127.0.0.1", 8080)
CONVERTING = RuntimeStatus(state=State.LOADING, phase=LoadPhase.CONVERT, phase_seconds=3.0)
DONE = RuntimeStatus(
    state=State.READY, task=Task.TEXT_CLASSIFICATION, compute_type="cpu+optimized", load_seconds=8.3
)
GONE = Failure(status=404, reason="ModelNotFound", message="there is no such model")

loading = Route(model(), status=CONVERTING)
ready = Route(model(), (Replica("http://127.0.0.1:1"),), DONE)
failed = Route(model(), failure=GONE)
asleep = Route(model())


def table_of(*routes: Route) -> RouteTable:
    table = RouteTable()
    for route in routes:
        table.put(route)
    return table


@pytest.mark.parametrize(
    ("route", "line"),
    [
        (loading, "tests/model: converting, about 9.4 s to go"),
        (ready, "tests/model: ready in 8.3 s (text-classification, cpu+optimized)"),
        (failed, "tests/model: failed: there is no such model"),
        (asleep, "tests/model: sleeps until it is asked"),
    ],
)
def test_a_line_tells_how_a_model_stands(route, line):
    assert rows.row(route, LoadBook(), 0.0).line == line


def test_a_row_of_the_table_tells_how_long_it_still_takes():
    cells = rows.row(loading, LoadBook(), 1.0).cells
    assert cells == ("tests/model", "", "converting 4.0 s, ~8.4 s to go", "", "")


def test_a_row_of_the_table_tells_what_was_loaded():
    cells = rows.row(ready, LoadBook(), 0.0).cells
    assert cells == ("tests/model", "text-classification", "ready", "cpu+optimized", "8.3 s")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.0, "9.0 s"), (45.2, "45 s"), (150.0, "2 min 30 s")],
)
def test_a_duration_is_written_as_exactly_as_anyone_wants(seconds, words):
    assert rows.duration(seconds) == words


async def test_every_change_gets_a_line_once():
    table, written = table_of(asleep), asyncio.Queue()
    following = asyncio.create_task(Lines(table, LoadBook(), written.put_nowait).follow())
    for route in (loading, loading, ready, ready):
        table.put(route)
        await asyncio.sleep(0.01)  # a change that is over before anyone looks gets no line
    following.cancel()
    assert [written.get_nowait().split()[1] for _ in range(written.qsize())] == ["converting,", "ready"]


async def shown(*routes: Route, until: str) -> str:
    """Follow a table whose routes come one after the other, until something was written."""
    table, out = table_of(routes[0]), io.StringIO()
    screen = Screen(table, LoadBook(), ADDRESS, Console(file=out))
    following = asyncio.create_task(screen.follow())
    for route in routes[1:]:
        await asyncio.sleep(0)
        table.put(route)
    async with asyncio.timeout(5):
        while until not in out.getvalue():  # noqa: ASYNC110 - a stream has no event
            await asyncio.sleep(0.01)
    following.cancel()
    return out.getvalue()


async def test_the_last_line_is_a_request_to_try():
    lines = (await shown(loading, ready, until="curl")).splitlines()
    assert lines[0] == "Starting 1 model on http://127.0.0.1:8080; stop with Ctrl-C"
    assert lines[-2] == "Ready on http://127.0.0.1:8080"
    assert (
        lines[-1]
        == """  curl -s localhost:8080/models/tests/model -d '{"inputs": "I like this very much."}'"""
    )


async def test_a_model_that_failed_is_not_to_try():
    said = await shown(loading, failed, until="No model")
    assert "tests/model: failed: there is no such model" in said and "curl" not in said


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_request_in_one_line(task):
    line = examples.curl("localhost:8080", MODEL, task)
    assert line.startswith("curl -s localhost:8080/models/tests/model -") and "\n" not in line


async def test_the_table_stays_until_all_models_have_come_up():
    table, out = table_of(loading), io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    following = asyncio.create_task(live.follow(table, LoadBook(), console))
    await asyncio.sleep(0)
    table.put(ready)
    await asyncio.wait_for(following, 5)
    assert "converting" in out.getvalue() and "cpu+optimized" in out.getvalue()


@pytest.mark.parametrize(
    ("host", "url", "shortest"),
    [
        ("127.0.0.1", "http://127.0.0.1:80", "localhost:80"),
        ("0.0.0.0", "http://0.0.0.0:80", "localhost:80"),
        ("::1", "http://[::1]:80", "[::1]:80"),
        ("box", "http://box:80", "box:80"),
    ],
)
def test_an_address_is_written_as_a_person_types_it(host, url, shortest):
    assert (Address(host, 80).url, Address(host, 80).shortest) == (url, shortest)
