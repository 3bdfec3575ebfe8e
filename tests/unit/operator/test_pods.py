import pytest

from tenfold_operator import pods


def waiting(reason, **more):
    return {
        "name": "runtime",
        "ready": False,
        "restartCount": 3,
        "state": {"waiting": {"reason": reason}},
        **more,
    }


def killed(reason):
    ended = {"terminated": {"reason": reason, "exitCode": 137}}
    return {
        "name": "runtime",
        "ready": False,
        "restartCount": 1,
        "state": {"running": {}},
        "lastState": ended,
    }


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        (waiting("ContainerCreating"), None),
        (waiting("ErrImagePull"), "ImagePullBackOff"),
        (waiting("ImagePullBackOff"), "ImagePullBackOff"),
        (waiting("InvalidImageName"), "ImagePullBackOff"),
        (waiting("CreateContainerConfigError"), "CannotStart"),
        (waiting("CrashLoopBackOff"), "CrashLoopBackOff"),
        (waiting("CrashLoopBackOff", lastState=killed("OOMKilled")["lastState"]), "OutOfMemory"),
        (killed("OOMKilled"), "OutOfMemory"),
        (killed("Error"), None),
    ],
)
def test_a_container_that_cannot_run_says_why(make, container, reason):
    problem = pods.parse(make.raw_pod(containerStatuses=[container])).problem
    assert (problem and problem.reason) == reason


def test_a_crash_says_how_often_and_with_what_code(make):
    ended = {"terminated": {"reason": "Error", "exitCode": 3}}
    container = waiting("CrashLoopBackOff", lastState=ended)
    message = pods.parse(make.raw_pod(containerStatuses=[container])).problem.message
    assert "3 times, with exit code 3" in message


def test_an_init_container_may_be_the_cause(make):
    pod = make.raw_pod(initContainerStatuses=[{**waiting("ImagePullBackOff"), "name": "prepare"}])
    assert pods.parse(pod).problem.reason == "ImagePullBackOff"


def test_a_pod_without_a_node_may_still_get_one(make):
    seen = make.raw_pod(phase="Pending", conditions=[unplaced("2026-05-01T12:00:00Z")], containerStatuses=[])
    problem = pods.parse(seen).problem
    assert (problem.reason, problem.message, problem.final) == ("Unschedulable", "0/3 nodes", False)


@pytest.mark.parametrize(
    ("now", "left"), [("12:00:10", 50), ("12:01:00", 0), ("13:00:00", 0), ("09:00:00", 60)]
)
def test_a_node_is_awaited_for_as_long_as_the_settings_say(make, now, left):
    pod = pods.parse(make.raw_pod(phase="Pending", conditions=[unplaced("2026-05-01T12:00:00Z")]))
    assert pods.patience_left(pod, f"2026-05-01T{now}Z", 60) == left


def test_a_pod_that_has_its_node_waits_for_none(make):
    assert pods.patience_left(pods.parse(make.raw_pod()), "2026-05-01T12:00:00Z", 60) is None


def unplaced(since):
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}
    return {**condition, "lastTransitionTime": since}


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_ended_is_none(make, phase):
    assert pods.parse(make.raw_pod(phase=phase)) is None


def test_a_pod_that_is_going_is_none(make):
    pod = make.raw_pod(ready=True)
    pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert pods.parse(pod) is None


def test_each_start_of_the_container_has_a_name_of_its_own(make):
    first, second = (
        pods.parse(make.raw_pod(containerStatuses=[{**killed("Error"), "restartCount": n}])) for n in (1, 2)
    )
    assert first.start != second.start
