"""What went without a word is found when all is counted."""

import asyncio

import pytest

from tenfold_operator import names, world
from tenfold_operator.census import Census
from tenfold_operator.errors import ClusterError
from tenfold_operator.model import Key

KEY = Key("models", "minilm")


class Server:
    """An API server that has what is in `there`, by uid."""

    def __init__(self, *there):
        self.there = set(there)
        self.paths = []
        self.failures = 0
        self.meanwhile = lambda: None

    async def uids(self, path, selector):
        self.paths.append((path, selector))
        if self.failures:
            self.failures -= 1
            raise ClusterError("not now")
        self.meanwhile()
        return self.there


@pytest.fixture
def seen(make):
    """A cluster with one model, its Service and a pod that serves it."""
    cluster = make.cluster(make.raw_model())
    metadata = {"name": "a", "namespace": "models", "uid": "uid-a", "labels": names.labels("minilm")}
    owner = {"uid": "uid-minilm", "controller": True}
    cluster.objects["Service", "a"] = {
        "kind": "Service",
        "metadata": {**metadata, "ownerReferences": [owner]},
    }
    cluster.pods = [make.raw_pod(ready=True)]
    return cluster.world()


async def taken(server, seen, namespaces=()):
    looked = []
    await Census(server, namespaces, looked.append).take(seen)
    return looked


async def test_what_is_there_is_left_alone(seen):
    assert await taken(Server("uid-minilm", "uid-a", "uid-pod-1", "uid-new"), seen) == []


async def test_a_pod_that_went_is_seen_no_more_and_its_model_is_looked_at(seen):
    assert await taken(Server("uid-minilm", "uid-a"), seen) == [KEY]
    assert seen.pods_of(KEY) == ()


async def test_a_child_that_went_is_seen_no_more(seen):
    await taken(Server("uid-minilm", "uid-pod-1"), seen)
    assert seen.children_of(KEY, "uid-minilm") == []


async def test_a_model_that_went_makes_room_for_its_heir(make):
    younger = make.raw_model("younger", created="2026-02-01T00:00:00Z")
    seen = make.cluster(make.raw_model(), younger).world()
    assert set(await taken(Server("uid-younger"), seen)) == {KEY, Key("models", "younger")}
    assert seen.model(KEY) is None


async def test_what_comes_while_all_is_counted_is_not_lost(make, seen):
    server = Server("uid-minilm", "uid-a", "uid-pod-1")
    late = make.model("late")
    server.meanwhile = lambda: seen.models.update({world.place(late.key): [make.raw_model("late")]})
    assert await taken(server, seen) == []
    assert seen.model(late.key)


async def test_only_the_chosen_namespaces_are_counted(seen):
    server = Server("uid-minilm", "uid-a", "uid-pod-1")
    await taken(server, seen, ("models",))
    assert ("/apis/tenfold.dev/v1alpha1/namespaces/models/inferencemodels", "") in server.paths
    assert ("/api/v1/namespaces/models/pods", "tenfold.dev/model") in server.paths


async def test_a_census_that_failed_is_taken_again(seen, monkeypatch):
    monkeypatch.setattr("tenfold_operator.census._PAUSE", 0)
    monkeypatch.setattr("tenfold_operator.census._UNTIL_NEXT_TRY", 0)
    server, found = Server("uid-minilm", "uid-a"), asyncio.Queue()
    server.failures = 1
    census = Census(server, (), found.put_nowait)
    census.start(seen)
    census.ask()
    async with asyncio.timeout(5):
        assert await found.get() == KEY
    await census.stop()
