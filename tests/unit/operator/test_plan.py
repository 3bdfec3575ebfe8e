import copy

import pytest

from tenfold_operator import resources
from tenfold_operator.compare import meets
from tenfold_operator.plan import plan
from tenfold_operator.settings import Settings


@pytest.fixture
def wanted(make):
    return resources.children(make.model(autoscaling={"maxReplicas": 4}), Settings())


@pytest.fixture
def there(wanted):
    """The children as they are after they were applied."""
    return [copy.deepcopy(each) for each in plan(wanted, []).apply]


def test_all_is_applied_where_nothing_is(wanted):
    assert len(plan(wanted, []).apply) == len(wanted)


def test_nothing_is_written_at_rest(wanted, there):
    assert plan(wanted, there) == plan([], [])


def test_only_what_was_edited_is_applied(wanted, there):
    deployment = next(each for each in there if each["kind"] == "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = "mine"
    assert [each["kind"] for each in plan(wanted, there).apply] == ["Deployment"]


def test_a_field_that_is_wanted_no_more_is_seen(make, there):
    fewer = resources.children(make.model(), Settings())
    first = resources.children(make.model(nodeSelector={"disk": "ssd"}), Settings())
    there = plan(first, []).apply
    assert [each["kind"] for each in plan(fewer, there).apply] == ["Deployment"]


def test_what_is_wanted_no_more_goes(make, there):
    fewer = resources.children(make.model(), Settings())
    gone = {each["kind"] for each in plan(fewer, there).delete}
    assert gone == {"HorizontalPodAutoscaler", "PodDisruptionBudget"}


def test_a_cache_is_never_deleted():
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "a"}}
    assert plan([], [claim]).delete == ()


def test_what_is_going_is_not_deleted_again():
    going = {"kind": "Service", "metadata": {"name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    assert plan([], [going]).delete == ()


@pytest.mark.parametrize(
    ("there", "wanted", "met"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({}, {"a": {"b": 1}}, False),
        ({}, {"a": ""}, True),
        ({}, {"a": {}}, True),
        ({"a": ["x"]}, {"a": ["x", "y"]}, False),
        ({"a": ["y", "x"]}, {"a": ["x", "y"]}, False),
        ({"env": [{"n": 1}, {"n": 2, "more": 3}]}, {"env": [{"n": 2}]}, True),
        ({"ingress": [{"from": [1], "more": 2}]}, {"ingress": [{"from": [1]}]}, True),
        ({"ingress": [{"from": [1]}, {}]}, {"ingress": [{"from": [1]}]}, False),
        ({"ingress": [{"ports": [{"n": 1}, {"n": 2}]}]}, {"ingress": [{"ports": [{"n": 1}]}]}, False),
        ({"ports": [{"n": 1}, {"n": 2}]}, {"ports": [{"n": 1}]}, True),
        ({"a": [{"n": 1}]}, {"a": [{"n": 2}]}, False),
        ({"cpu": "1"}, {"cpu": "1000m"}, True),
        ({"cpu": "1"}, {"cpu": 1}, True),
        ({"memory": "1Gi"}, {"memory": "1024Mi"}, True),
        ({"memory": "1G"}, {"memory": "1Gi"}, False),
        ({"replicas": 1}, {"replicas": 0}, False),
        ({"on": True}, {"on": False}, False),
        ({"on": "text"}, {"on": {"a": 1}}, False),
    ],
)
def test_what_is_there_meets_what_is_wanted(there, wanted, met):
    assert meets(there, wanted) is met
