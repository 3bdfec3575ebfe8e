"""Situations, and what status makes of them."""

import pytest

from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus, State
from tenfold_api.status import Status
from tenfold_operator import pods, status
from tenfold_operator.reasons import Problem
from tenfold_operator.reports import Report
from tenfold_operator.situation import Asked, Situation

NOW, LATER = "2026-05-01T12:00:00Z", "2026-05-01T12:05:00Z"
LOADED = RuntimeStatus(state=State.READY, revision="c0ffee", compute_type="cpu+optimized", load_seconds=2.34)
DEPLOYMENT = {
    "metadata": {"generation": 2},
    "status": {"observedGeneration": 2, "updatedReplicas": 1},
}


def situation(*seen, replicas=1, **more):
    return Situation(Asked(3, replicas, "a=b", "http://gateway/models/gpt2", 0.02), pods=seen, **more)


def loading(phase):
    return (Report(RuntimeStatus(state=State.LOADING, phase=phase)),)


def failed(reason):
    failure = Failure(status=404, reason=reason, message="not there")
    return (Report(RuntimeStatus(state=State.FAILED, failure=failure)),)


@pytest.fixture
def ready(make):
    return pods.parse(make.raw_pod(ready=True))


@pytest.fixture
def running(make):
    return pods.parse(make.raw_pod())


@pytest.fixture
def placed(make):
    return pods.parse(make.raw_pod(phase="Pending", containerStatuses=[], conditions=[]))


@pytest.fixture
def unpullable(make):
    container = {"name": "runtime", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    return pods.parse(make.raw_pod(phase="Pending", containerStatuses=[container]))


def said(situation, before=None, now=NOW):
    """Give the phase, and each condition's status and reason."""
    result = status.status(situation, before or {}, now)
    conditions = {each["type"]: (each["status"], each["reason"]) for each in result["conditions"]}
    return result["phase"], conditions


def test_no_pod_yet():
    phase, conditions = said(situation())
    assert (phase, conditions["Available"]) == ("Pending", ("False", "Scheduling"))
    assert conditions["Progressing"] == ("True", "Scheduling")


def test_placed(placed):
    phase, conditions = said(situation(placed))
    assert (phase, conditions["Available"]) == ("Pending", ("False", "Starting"))


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (LoadPhase.START, "Starting"),
        (LoadPhase.DOWNLOAD, "Downloading"),
        (LoadPhase.CONVERT, "Converting"),
        (LoadPhase.OPTIMIZE, "Optimizing"),
        (LoadPhase.LOAD, "Loading"),
        (LoadPhase.WARM_UP, "WarmingUp"),
    ],
)
def test_loading(running, step, reason):
    phase, conditions = said(situation(running, reports=loading(step)))
    assert (phase, conditions["Available"]) == ("Loading", ("False", reason))


def test_loaded_and_not_yet_found_ready(running):
    phase, conditions = said(situation(running, reports=(Report(LOADED),)))
    assert (phase, conditions["Available"]) == ("Loading", ("False", "WarmingUp"))


def test_ready(ready):
    phase, conditions = said(situation(ready, deployment=DEPLOYMENT, reports=(Report(LOADED),)))
    assert phase == "Ready"
    assert conditions == {
        "Accepted": ("True", "Accepted"),
        "Available": ("True", "Serving"),
        "Progressing": ("False", "Settled"),
        "Degraded": ("False", "Healthy"),
        "Optimized": ("True", "Optimized"),
    }


def test_asleep():
    phase, conditions = said(situation(replicas=0))
    assert (phase, conditions["Available"]) == ("Sleeping", ("False", "Sleeping"))


def test_asked_for_none_but_still_serving(ready):
    phase, conditions = said(situation(ready, replicas=0))
    assert (phase, conditions["Available"]) == ("Ready", ("True", "Serving"))


def test_image_that_cannot_be_pulled(unpullable):
    phase, conditions = said(situation(unpullable))
    assert (phase, conditions["Available"]) == ("Failed", ("False", "ImagePullBackOff"))
    assert conditions["Degraded"] == ("True", "ImagePullBackOff")
    assert conditions["Progressing"] == ("False", "ImagePullBackOff")


def test_model_that_can_never_load(running):
    phase, conditions = said(situation(running, reports=failed("ModelNotFound")))
    assert (phase, conditions["Available"]) == ("Failed", ("False", "ModelNotFound"))


def test_a_new_revision_that_fails_leaves_the_old_one_serving(ready, unpullable):
    phase, conditions = said(situation(ready, unpullable))
    assert (phase, conditions["Available"]) == ("Ready", ("True", "Serving"))
    assert conditions["Degraded"] == ("True", "ImagePullBackOff")


def test_pods_that_may_not_be_created():
    quota = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    phase, conditions = said(situation(deployment={"status": {"conditions": [quota]}}))
    assert (phase, conditions["Available"]) == ("Failed", ("False", "CannotCreatePods"))


def test_no_node_yet(make):
    unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pod = pods.parse(make.raw_pod(phase="Pending", containerStatuses=[], conditions=[unplaced]))
    phase, conditions = said(situation(pod))
    assert (phase, conditions["Degraded"]) == ("Pending", ("True", "Unschedulable"))
    assert conditions["Progressing"] == ("True", "Unschedulable")


def test_no_node_for_too_long(make):
    unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pod = pods.parse(make.raw_pod(phase="Pending", containerStatuses=[], conditions=[unplaced]))
    phase, conditions = said(situation(pods.given_up(pod)))
    assert (phase, conditions["Degraded"]) == ("Failed", ("True", "Unschedulable"))
    assert conditions["Progressing"] == ("False", "Unschedulable")


def test_refused():
    phase, conditions = said(situation(refusal=Problem("ModelIdConflict", "a/b serves it")))
    assert (phase, conditions["Accepted"]) == ("Failed", ("False", "ModelIdConflict"))
    assert conditions["Available"] == ("False", "NotAccepted")


def test_refused_while_an_earlier_spec_serves(ready):
    phase, conditions = said(situation(ready, refusal=Problem("InvalidSpec", "spec.x")))
    assert (phase, conditions["Available"]) == ("Ready", ("True", "Serving"))


def test_replacing(ready, running):
    _, conditions = said(situation(ready, replicas=1, deployment={"metadata": {"generation": 5}}))
    assert conditions["Progressing"] == ("True", "RollingOut")


def test_scaling(ready):
    _, conditions = said(situation(ready, replicas=3, deployment=DEPLOYMENT))
    assert conditions["Progressing"] == ("True", "Scaling")


def test_what_drifts_too_far_is_told(ready):
    _, conditions = said(situation(ready, reports=(Report(LOADED, drift=0.5),)))
    assert conditions["Optimized"] == ("False", "DriftExceeded")


def test_what_a_runtime_learnt_is_shown(ready):
    result = status.status(situation(ready, reports=(Report(LOADED, 0.0123, 5.06),)), {}, NOW)
    shown = {
        name: result[name] for name in ("revision", "computeType", "speedup", "drift", "loadSeconds", "ready")
    }
    assert shown == {
        "revision": "c0ffee",
        "computeType": "cpu+optimized",
        "speedup": "5.1x",
        "drift": "0.0123",
        "loadSeconds": 2.3,
        "ready": "1/1",
    }


def test_what_was_learnt_stays_while_the_model_sleeps(ready):
    awake = status.status(situation(ready, reports=(Report(LOADED, speedup=5.0),)), {}, NOW)
    asleep = status.status(situation(replicas=0), awake, LATER)
    assert (asleep["speedup"], asleep["revision"]) == ("5.0x", "c0ffee")
    assert said(situation(replicas=0), awake)[1]["Optimized"] == ("True", "Optimized")


def test_a_status_is_valid_for_the_schema(ready):
    Status.model_validate(status.status(situation(ready, reports=(Report(LOADED),)), {}, NOW))


def test_the_same_situation_gives_the_same_status_at_any_time(ready):
    first = status.status(situation(ready), {}, NOW)
    assert status.status(situation(ready), first, LATER) == first


def test_the_time_of_a_transition_stays_while_the_status_does(running):
    first = status.status(situation(running, reports=loading(LoadPhase.DOWNLOAD)), {}, NOW)
    then = status.status(situation(running, reports=loading(LoadPhase.CONVERT)), first, LATER)
    assert times(then)["Available"] == NOW


def test_the_time_of_a_transition_moves_with_the_status(running, ready):
    first = status.status(situation(running), {}, NOW)
    then = status.status(situation(ready), first, LATER)
    assert (times(then)["Available"], times(then)["Accepted"]) == (LATER, NOW)


def times(result):
    return {each["type"]: each["lastTransitionTime"] for each in result["conditions"]}
