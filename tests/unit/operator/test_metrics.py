"""What Prometheus is told of the operator."""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api_server import free_port
from tenfold_operator.errors import ClusterError
from tenfold_operator.metrics import Metrics, served
from tenfold_operator.work_queue import WorkQueue


def samples(text):
    """Give the values by name and labels."""
    families = text_string_to_metric_families(text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


async def looked(look):
    """Look at one key, and give what the metrics say of it."""
    metrics = Metrics()
    queue = WorkQueue(1, metrics)
    queue.add("a")
    queue.start(look)
    await queue.settled()
    await queue.stop()
    return samples(metrics.text().decode())


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "done"), (ClusterError("busy"), "unfinished"), (ValueError("bug"), "failed")],
)
async def test_looks_are_timed_by_how_they_end(error, outcome):
    async def look(key):
        if error:
            raise error

    assert (await looked(look))["tenfold_operator_look_seconds_count", outcome] == 1


async def test_the_wait_for_a_look_is_timed():
    async def look(key):
        pass

    found = await looked(look)
    assert (found["tenfold_operator_wait_seconds_count",], found["tenfold_operator_waiting",]) == (1, 0)


async def test_memory_is_told_at_a_port():
    port = free_port()
    async with (
        served(Metrics(), port),
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        found = samples(await answer.text())
    assert found["tenfold_operator_process_resident_memory_bytes",] > 10_000_000


async def test_a_port_that_is_taken_ends_the_start():
    port = free_port()
    async with served(Metrics(), port):
        with pytest.raises(OSError, match="address already in use"):
            async with served(Metrics(), port):
                pass
