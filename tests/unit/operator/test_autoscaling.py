"""What is made of an autoscaler that does not know the load."""

import pytest

from tenfold_operator import autoscaling, reconcile
from tenfold_operator.model import Key

KEY = Key("models", "minilm")


def autoscaler(status="False", reason="FailedGetObjectMetric", since="2026-05-01T11:50:00Z"):
    scaling = {"type": "ScalingActive", "status": status, "reason": reason, "message": "no metrics"}
    return {"status": {"conditions": [{**scaling, "lastTransitionTime": since}]}}


def serving(status="True", since="2026-05-01T11:00:00Z"):
    available = {"type": "Available", "status": status, "lastTransitionTime": since}
    return {"status": {"conditions": [available]}}


def test_an_autoscaler_that_stays_blind_is_a_problem():
    problem, _ = autoscaling.trouble(autoscaler(), serving(), "2026-05-01T12:00:00Z")
    assert (problem.reason, problem.final) == ("ScalingInactive", False)
    assert problem.message == "replicas do not follow the load: no metrics"


@pytest.mark.parametrize(
    ("scaling", "model"),
    [
        ({}, serving()),
        (autoscaler(status="True"), serving()),
        (autoscaler(reason="ScalingDisabled"), serving()),
        (autoscaler(), serving(status="False")),
        (autoscaler(), {}),
    ],
    ids=["none yet", "active", "at zero", "nothing serves", "no status"],
)
def test_nothing_is_wrong(scaling, model):
    assert autoscaling.trouble(scaling, model, "2026-05-01T12:00:00Z") == (None, None)


@pytest.mark.parametrize(
    ("since", "available", "left"),
    [
        ("2026-05-01T11:59:50Z", "2026-05-01T11:00:00Z", 50),
        ("2026-05-01T11:00:00Z", "2026-05-01T11:59:30Z", 30),
        ("2026-05-01T13:00:00Z", "2026-05-01T11:00:00Z", 60),
    ],
    ids=["a moment ago", "the model came a moment ago", "by a clock that is ahead of ours"],
)
def test_it_is_given_a_minute(since, available, left):
    found = autoscaling.trouble(autoscaler(since=since), serving(since=available), "2026-05-01T12:00:00Z")
    assert found == (None, left)


async def test_a_model_whose_replicas_do_not_follow_serves_and_is_degraded(make):
    cluster = make.cluster(make.raw_model(autoscaling={"maxReplicas": 2}))
    cluster.pods = [make.raw_pod(ready=True)]
    await look(cluster, make)
    cluster.models[KEY]["status"]["conditions"][1]["lastTransitionTime"] = "2026-05-01T11:00:00Z"
    cluster.objects["HorizontalPodAutoscaler", "tenfold-minilm"]["status"] = autoscaler()["status"]
    await look(cluster, make)
    assert cluster.condition("Available") == ("True", "Serving")
    assert cluster.condition("Degraded") == ("True", "ScalingInactive")


async def look(cluster, make):
    await reconcile.look(KEY, cluster.world(), make.context(cluster))
