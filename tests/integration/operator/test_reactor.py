"""Stories of InferenceModels, told through the real reactor."""

import pytest

from tenfold_api import names as api
from tenfold_api.progress import Failure, LoadPhase, RuntimeStatus, State
from tenfold_operator.reports import Report

CHILD = "tenfold-minilm"
ALWAYS = {"ServiceAccount", "NetworkPolicy", "Service", "Deployment"}
SCALED = {"HorizontalPodAutoscaler", "PodDisruptionBudget"}


@pytest.fixture
async def applied(operator, kube, make):
    """A model whose children are there and whose status is written."""
    await kube.apply(make.model())
    await kube.until(lambda: kube.kinds() == ALWAYS and kube.condition("minilm", "Accepted"))
    await operator.queue.settled()
    return operator


async def test_applying_a_model_makes_its_children(operator, kube, make):
    await kube.apply(make.model())
    await kube.until(lambda: kube.kinds() == ALWAYS)


async def test_a_model_of_many_replicas_is_scaled_and_drained_with_care(operator, kube, make):
    await kube.apply(make.model(autoscaling={"maxReplicas": 8}))
    await kube.until(lambda: kube.kinds() == ALWAYS | SCALED)


async def test_what_is_wanted_no_more_goes(operator, kube, make):
    await kube.apply(make.model(autoscaling={"maxReplicas": 8}))
    await kube.until(lambda: kube.kinds() == ALWAYS | SCALED)
    await kube.apply(make.model(autoscaling={"maxReplicas": 1}))
    await kube.until(lambda: kube.kinds() == ALWAYS)


@pytest.mark.parametrize("kind", sorted(ALWAYS))
async def test_a_child_that_is_deleted_comes_back(applied, kube, kind):
    await kube.delete(kind, CHILD)
    await kube.until(lambda: kube.get(kind, CHILD))


async def test_a_child_that_is_edited_is_put_back(applied, kube):
    edited = kube.get("Deployment", CHILD)
    edited["spec"]["replicas"] = 7
    await kube.apply(edited)
    await kube.until(lambda: kube.get("Deployment", CHILD)["spec"]["replicas"] == 1)


async def test_what_others_add_to_a_child_stays(applied, kube):
    edited = kube.get("Deployment", CHILD)
    edited["metadata"]["annotations"]["example.org/note"] = "keep me"
    await kube.apply(edited)
    await applied.queue.settled()
    assert kube.get("Deployment", CHILD)["metadata"]["annotations"]["example.org/note"] == "keep me"


async def test_a_new_spec_reaches_the_deployment(applied, kube, make):
    await kube.apply(make.model(image="tenfold-runtime:next"))
    await kube.until(lambda: image(kube) == "tenfold-runtime:next")


async def test_of_several_edits_at_once_the_last_is_served(applied, kube, make):
    for version in ("a", "b", "c", "a"):
        last = await kube.apply(make.model(image=f"tenfold-runtime:{version}"))
    generation = last["metadata"]["generation"]
    await kube.until(lambda: kube.get(api.KIND, "minilm")["status"]["observedGeneration"] == generation)
    await applied.queue.settled()
    assert image(kube) == "tenfold-runtime:a"


async def test_a_field_that_is_taken_back_leaves_the_deployment(applied, kube, make):
    await kube.apply(make.model(nodeSelector={"disk": "fast"}))
    await kube.until(lambda: "nodeSelector" in pod_spec(kube))
    await kube.apply(make.model(nodeSelector=None))
    await kube.until(lambda: "nodeSelector" not in pod_spec(kube))


async def test_scaling_changes_the_number_of_pods_and_no_pod(applied, kube, make):
    template = kube.get("Deployment", CHILD)["spec"]["template"]
    await kube.apply(make.model(replicas=3))
    await kube.until(lambda: kube.get("Deployment", CHILD)["spec"]["replicas"] == 3)
    assert kube.get("Deployment", CHILD)["spec"]["template"] == template


async def test_at_rest_nothing_is_written(applied, kube):
    before = kube.writes()
    applied.reports.of = watched = Watched()
    touched = kube.get(api.KIND, "minilm")
    touched["metadata"]["labels"] = {"team": "search"}
    await kube.apply(touched)
    await kube.until(lambda: watched.looks)
    await applied.queue.settled()
    assert kube.writes() == before


async def test_a_restart_writes_nothing(operate, kube, make):
    async with operate() as operator:
        await kube.apply(make.model())
        await kube.until(lambda: kube.condition("minilm", "Available"))
        await operator.queue.settled()
    before = kube.writes(), versions(kube)
    async with operate() as operator:
        operator.reports.of = watched = Watched()
        await kube.until(lambda: watched.looks)
        await operator.queue.settled()
    assert (kube.writes(), versions(kube)) == before


async def test_what_happened_while_the_operator_was_down_is_made_good(operate, kube, make):
    async with operate():
        await kube.apply(make.model())
        await kube.until(lambda: kube.kinds() == ALWAYS)
    await kube.delete("Service", CHILD)
    await kube.apply(make.model(replicas=2))
    async with operate():
        await kube.until(lambda: kube.get("Deployment", CHILD)["spec"]["replicas"] == 2)
        await kube.until(lambda: kube.get("Service", CHILD))


async def test_no_finalizer_keeps_a_model_from_being_deleted(applied, kube):
    metadata = kube.get(api.KIND, "minilm")["metadata"]
    assert "finalizers" not in metadata
    assert "annotations" not in metadata


async def test_of_two_models_with_one_id_the_older_is_served(operator, kube, make):
    await kube.apply(make.model("elder", created="2026-01-01T00:00:00Z"))
    await kube.apply(make.model("younger", created="2026-01-02T00:00:00Z"))
    await kube.until(lambda: kube.condition("younger", "Accepted") == ("False", "ModelIdConflict"))
    await kube.until(lambda: kube.condition("elder", "Accepted") == ("True", "Accepted"))
    await operator.queue.settled()
    assert not kube.get("Deployment", "tenfold-younger")


async def test_when_the_older_goes_the_younger_is_served(operator, kube, make):
    await kube.apply(make.model("elder", created="2026-01-01T00:00:00Z"))
    await kube.apply(make.model("younger", created="2026-01-02T00:00:00Z"))
    await kube.until(lambda: kube.condition("younger", "Accepted") == ("False", "ModelIdConflict"))
    await kube.delete(api.KIND, "elder")
    await kube.until(lambda: kube.condition("younger", "Accepted") == ("True", "Accepted"))
    await kube.until(lambda: kube.get("Deployment", "tenfold-younger"))


async def test_a_spec_that_cannot_be_read_is_told_and_what_serves_stays(applied, faked, make):
    await faked.apply(make.model(limits={"timeout": "soon"}))
    await faked.until(lambda: faked.condition("minilm", "Accepted") == ("False", "InvalidSpec"))
    assert faked.kinds() == ALWAYS


async def test_a_pod_that_is_ready_makes_the_model_available(applied, kube, make, runtimes):
    learnt = {"task": "feature-extraction", "revision": "c0ffee", "compute_type": "cpu+optimized"}
    runtimes.reports["pod-1"] = Report(
        RuntimeStatus(state=State.READY, load_seconds=1.0, **learnt), 0.001, 5.1
    )
    await kube.apply(make.ready_pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("True", "Serving"))
    status = kube.get(api.KIND, "minilm")["status"]
    assert (status["phase"], status["ready"], status["speedup"]) == ("Ready", "1/1", "5.1x")


async def test_any_server_gets_the_same_children_scaling_and_status(operator, kube, make):
    custom = {"engine": "custom", "image": "vllm:1", "autoscaling": {"maxReplicas": 8}}
    await kube.apply(make.model(**custom))
    await kube.until(lambda: kube.kinds() == ALWAYS | SCALED)
    await kube.apply(make.ready_pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("True", "Serving"))
    assert image(kube) == "vllm:1"
    assert kube.condition("minilm", "Optimized") == ("Unknown", "NotYetKnown")


async def test_a_pod_that_goes_takes_availability_with_it(applied, kube, make):
    await kube.apply(make.ready_pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("True", "Serving"))
    await kube.delete("Pod", "pod-1")
    await kube.until(lambda: kube.condition("minilm", "Available") == ("False", "Scheduling"))


async def test_the_steps_of_loading_are_followed_without_any_event(applied, kube, make, runtimes):
    runtimes.reports["pod-1"] = report(LoadPhase.DOWNLOAD)
    await kube.apply(make.pod())
    await kube.until(lambda: kube.condition("minilm", "Available") == ("False", "Downloading"))
    runtimes.reports["pod-1"] = report(LoadPhase.CONVERT)
    await kube.until(lambda: kube.condition("minilm", "Available") == ("False", "Converting"))


async def test_a_pod_that_keeps_failing_makes_its_model_failed_with_the_reason(applied, kube, make):
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    container = {"name": "runtime", "image": "x", "imageID": "", "ready": False, "restartCount": 0}
    await kube.apply(make.pod(phase="Pending", containerStatuses=[{**container, "state": waiting}]))
    await kube.until(lambda: kube.condition("minilm", "Degraded") == ("True", "ImagePullBackOff"))
    await kube.until(lambda: ("Warning", "ImagePullBackOff") in kube.events())
    assert kube.get(api.KIND, "minilm")["status"]["phase"] == "Failed"
    assert kube.condition("minilm", "Available") == ("False", "ImagePullBackOff")


async def test_a_runtime_that_can_never_load_has_its_reason_in_status(applied, kube, make, runtimes):
    failure = Failure(status=422, reason="ExampleFailed", message="the model fails at its own example")
    runtimes.reports["pod-1"] = Report(RuntimeStatus(state=State.FAILED, failure=failure))
    await kube.apply(make.pod())
    await kube.until(lambda: kube.condition("minilm", "Degraded") == ("True", "ExampleFailed"))
    await kube.until(lambda: ("Warning", "ExampleFailed") in kube.events())
    assert kube.get(api.KIND, "minilm")["status"]["phase"] == "Failed"


async def test_transitions_leave_events(applied, kube, make):
    await kube.apply(make.ready_pod())
    await kube.until(lambda: ("Normal", "Serving") in kube.events())
    assert kube.events()[:2] == [("Normal", "Accepted"), ("Normal", "Scheduling")]


async def test_only_the_chosen_namespaces_are_looked_after(operate, kube, make):
    elsewhere = make.model("other", modelId="org/other")
    elsewhere["metadata"]["namespace"] = "elsewhere"
    async with operate({"namespaces": ["models"]}) as operator:
        await kube.apply(elsewhere)
        await kube.apply(make.model())
        await kube.until(lambda: kube.condition("minilm", "Accepted"))
        await operator.queue.settled()
    assert (kube.kinds(), kube.kinds("elsewhere")) == (ALWAYS, set())


async def test_a_server_that_fails_is_tried_again(operator, faked, make):
    faked.server.failures = 2
    await faked.apply(make.model())
    await faked.until(lambda: faked.condition("minilm", "Accepted") == ("True", "Accepted"))
    assert faked.server.failures == 0


class Watched:
    """Counts the looks at models: each asks for the reports of the pods."""

    def __init__(self):
        self.looks = 0

    async def __call__(self, model, pods):
        self.looks += 1
        return ()


def report(phase):
    return Report(RuntimeStatus(state=State.LOADING, phase=phase))


def versions(kube):
    """Give the resourceVersion of the model and of each of its children."""
    objects = {(api.KIND, "minilm"), *kube.children("models")}
    return {each: kube.get(*each)["metadata"]["resourceVersion"] for each in objects}


def pod_spec(kube):
    return kube.get("Deployment", CHILD)["spec"]["template"]["spec"]


def image(kube):
    return pod_spec(kube)["containers"][0]["image"]
