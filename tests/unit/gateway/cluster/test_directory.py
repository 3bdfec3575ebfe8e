"""The route table follows from what the watches have seen."""

import pytest

import told_reasons
from cluster_server import endpoint, endpoint_slice, model, told
from tenfold_api.progress import LoadPhase, State
from tenfold_gateway.cluster.directory import Directory
from tenfold_gateway.cluster.watch import Key
from tenfold_gateway.estimate import LoadBook
from tenfold_gateway.routes import RouteTable

ID = "tests/minilm"


class Seen:
    """A directory, and a clock that stands still."""

    def __init__(self):
        self.now = 0.0
        self.table, self.book = RouteTable(), LoadBook()
        self.directory = Directory(self.table, self.book, lambda: self.now)
        self.directory.complete = True

    def model(self, *arguments, **fields):
        self.directory.models.put(model(*arguments, **fields))

    def slice(self, *endpoints, **fields):
        self.directory.slices.put(endpoint_slice(*endpoints, **fields))

    @property
    def route(self):
        return self.table.get(ID)

    @property
    def urls(self):
        return [each.url for each in self.route.replicas]


@pytest.fixture
def seen():
    return Seen()


def test_ready_pods_are_replicas(seen):
    seen.model()
    seen.slice(endpoint("10.0.0.2", ready=True), endpoint("10.0.0.1"), endpoint("10.0.0.3", ready=False))
    assert seen.urls == ["http://10.0.0.1:8000", "http://10.0.0.2:8000"]


def test_slices_may_come_before_their_model(seen):
    seen.slice(endpoint())
    seen.model()
    assert seen.urls == ["http://10.0.0.1:8000"]


def test_a_pod_of_two_families_counts_once(seen):
    seen.model()
    seen.slice(endpoint("fd00::1", uid="a"), name="six", family="IPv6")
    seen.slice(endpoint("10.0.0.1", uid="a"), name="four")
    assert seen.urls == ["http://10.0.0.1:8000"]


def test_an_address_of_ipv6_is_bracketed(seen):
    seen.model()
    seen.slice(endpoint("fd00::1"), family="IPv6")
    assert seen.urls == ["http://[fd00::1]:8000"]


def test_a_slice_that_goes_takes_its_pods_along(seen):
    seen.model()
    seen.slice(endpoint())
    seen.directory.slices.remove(Key("models", "slice"))
    assert seen.route.replicas == ()


def test_a_model_without_replicas_sleeps(seen):
    seen.model(replicas=0)
    assert seen.route.status is None
    assert not seen.route.settled


def test_a_model_on_its_way_is_loading_and_says_which_step(seen):
    seen.model(status=told("Loading", Available=("False", "Converting", "")))
    assert (seen.route.status.state, seen.route.status.phase) == (State.LOADING, LoadPhase.CONVERT)


def test_a_status_that_says_nothing_new_leaves_the_route_alone(seen):
    seen.model()
    before = seen.route
    seen.now = 5.0
    seen.model()
    assert seen.route is before


def test_a_load_is_measured_step_by_step(seen):
    seen.model(replicas=0)
    seen.model()
    seen.now = 3.0
    seen.model(status=told("Loading", Available=("False", "Loading", "")))
    seen.now = 5.0
    seen.slice(endpoint())
    (load,) = seen.book.history.of(ID)
    assert load.seconds == {LoadPhase.START: 3.0, LoadPhase.LOAD: 2.0}


def test_a_load_that_was_under_way_before_is_not_measured(seen):
    seen.directory.complete = False
    seen.model()
    seen.slice(endpoint())
    assert seen.book.history.of(ID) == ()


def test_the_last_loads_time_is_learnt_from_the_status(seen):
    seen.model(replicas=0, status={**told("Sleeping"), "loadSeconds": 42.0})
    assert seen.book.seconds_left(ID, None, 0.0) == pytest.approx(42.0)
    assert seen.book.seconds_left(ID, None, 40.0) < 10


@pytest.mark.parametrize(
    ("conditions", "status", "message"),
    [
        ({"Degraded": ("True", "ModelNotFound", "no such model")}, 404, "no such model"),
        ({"Degraded": ("True", "Unauthorized", "a token is needed")}, 403, "a token is needed"),
        ({"Degraded": ("True", "CrashLoopBackOff", "it dies")}, 500, "it dies"),
        ({"Accepted": ("False", "RefusedByCluster", "a quota")}, 500, "a quota"),
        ({}, 500, "the model cannot be loaded"),
    ],
)
def test_a_model_that_never_loads_says_why(seen, conditions, status, message):
    seen.model(status=told("Failed", **conditions))
    assert seen.route.settled
    assert (seen.route.failure.status, seen.route.failure.message) == (status, message)


@pytest.mark.parametrize(("reason", "status"), told_reasons.told().items())
def test_what_a_runtime_says_for_good_is_answered_with_its_own_status(seen, reason, status):
    seen.model(status=told("Failed", Degraded=("True", reason, "why")))
    assert seen.route.failure.status == status


def test_a_failure_of_an_older_spec_is_no_failure(seen):
    seen.model(status={**told("Failed"), "observedGeneration": 0})
    assert seen.route.failure is None


def test_a_pod_that_answers_outweighs_a_failure(seen):
    seen.model(status=told("Failed"))
    seen.slice(endpoint())
    assert seen.route.failure is None


def test_a_private_model_is_unknown(seen):
    seen.model()
    seen.model(visibility="private")
    assert seen.route is None


def test_of_two_models_with_one_id_the_older_is_served(seen):
    younger = model("younger", modelId=ID)
    younger["metadata"]["creationTimestamp"] = "2026-02-02T00:00:00Z"
    seen.directory.models.put(younger)
    seen.model(replicas=0)
    assert seen.route.model.metadata.name == "minilm"
    seen.directory.models.remove(Key("models", "minilm"))
    assert seen.route.model.metadata.name == "younger"


def test_a_model_that_goes_is_unknown(seen):
    seen.model()
    seen.directory.models.remove(Key("models", "minilm"))
    assert seen.route is None


def test_a_spec_that_cannot_be_read_changes_nothing(seen, caplog):
    seen.model()
    before = seen.route
    seen.model(limits={"timeout": "soon"})
    assert seen.route is before
    assert "could not read" in caplog.text.lower()


def test_a_status_that_cannot_be_read_hides_no_model(seen):
    seen.model(status={"phase": "Dreaming"})
    assert seen.route is not None


def test_a_long_name_is_found_by_its_label(seen):
    name = "m" * 100
    seen.model(name)
    seen.slice(endpoint(), of=name)
    assert seen.table.get(f"tests/{name}").replicas
