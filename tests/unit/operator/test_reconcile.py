"""Looks at models in a cluster that keeps what is applied to it."""

import pytest

from tenfold_operator import reconcile
from tenfold_operator.errors import ClusterError, Refused
from tenfold_operator.model import Key

KEY = Key("models", "minilm")
APPLIED = ["apply ServiceAccount", "apply NetworkPolicy", "apply Service", "apply Deployment"]


async def look(cluster, make, key=KEY, reports=None):
    return await reconcile.look(key, cluster.world(), make.context(cluster, reports))


async def test_a_new_model_gets_its_children_and_its_status(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make)
    assert cluster.writes == [*APPLIED, "status"]


async def test_a_second_look_writes_nothing(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make)
    cluster.writes.clear()
    await look(cluster, make)
    assert cluster.writes == []


@pytest.mark.parametrize("cut", range(6))
async def test_a_look_that_was_cut_anywhere_is_finished_by_the_next(make, cut):
    whole, cluster = make.cluster(make.raw_model()), make.cluster(make.raw_model())
    await look(whole, make)
    cluster.fail_after = cut
    if cut < 5:
        with pytest.raises(ClusterError):
            await look(cluster, make)
    cluster.fail_after = 1000
    await look(cluster, make)
    assert (cluster.objects, cluster.models) == (whole.objects, whole.models)


async def test_a_model_that_is_not_there_is_left_alone(make):
    cluster = make.cluster()
    assert await look(cluster, make) is None
    assert cluster.writes == []


async def test_a_model_that_is_going_is_left_alone(make):
    going = make.raw_model()
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    cluster = make.cluster(going)
    await look(cluster, make)
    assert cluster.writes == []


async def test_the_younger_of_two_gives_up_its_children(make):
    younger = make.raw_model(created="2026-02-01T00:00:00Z")
    cluster = make.cluster(younger)
    await look(cluster, make)
    elder = make.raw_model("elder")
    cluster.models[Key("models", "elder")] = elder
    await look(cluster, make)
    assert cluster.condition("Accepted") == ("False", "ModelIdConflict")
    assert cluster.objects == {}


async def test_an_elder_that_is_going_makes_room(make):
    elder = make.raw_model("elder")
    elder["metadata"]["deletionTimestamp"] = "2026-03-01T00:00:00Z"
    cluster = make.cluster(make.raw_model(created="2026-02-01T00:00:00Z"), elder)
    await look(cluster, make)
    assert cluster.condition("Accepted") == ("True", "Accepted")


async def test_a_spec_that_cannot_be_read_is_not_accepted(make):
    cluster = make.cluster(make.raw_model(limits={"timeout": "soon"}))
    await look(cluster, make)
    assert cluster.condition("Accepted") == ("False", "InvalidSpec")
    conditions = cluster.models[KEY]["status"]["conditions"]
    assert "spec.limits.timeout: must be an amount like" in conditions[0]["message"]


@pytest.fixture
def refusing(make):
    """A cluster that will have everything but NetworkPolicies."""
    cluster = make.cluster(make.raw_model())
    apply = cluster.apply

    async def refuse(manifest):
        if manifest["kind"] == "NetworkPolicy":
            raise Refused("exceeded quota: policies")
        return await apply(manifest)

    cluster.apply = refuse
    return cluster


async def test_what_the_api_server_will_not_have_is_not_accepted(refusing, make):
    assert await look(refusing, make) == 60
    assert refusing.condition("Accepted") == ("False", "RefusedByCluster")
    (accepted, *_) = refusing.models[KEY]["status"]["conditions"]
    assert accepted["message"] == "NetworkPolicy tenfold-minilm: exceeded quota: policies"


async def test_what_is_refused_does_not_keep_the_rest_from_being_written(refusing, make):
    await look(refusing, make)
    assert {kind for kind, _ in refusing.objects} == {"ServiceAccount", "Service", "Deployment"}


async def test_a_change_that_was_written_a_moment_ago_is_not_settled(make):
    cluster = make.cluster(make.raw_model())
    cluster.pods = [make.raw_pod(ready=True)]
    await look(cluster, make)
    rolled_out = {"observedGeneration": 1, "updatedReplicas": 1}
    cluster.objects["Deployment", "tenfold-minilm"]["status"] = rolled_out
    await look(cluster, make)
    assert cluster.condition("Progressing") == ("False", "Settled")
    cluster.models[KEY]["spec"]["image"] = "tenfold-runtime:next"
    await look(cluster, make)
    assert cluster.condition("Progressing") == ("True", "RollingOut")


async def test_a_stranger_with_our_label_is_left_alone(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make)
    stranger = {"kind": "Service", "metadata": {**cluster.objects["Service", "tenfold-minilm"]["metadata"]}}
    stranger["metadata"] |= {"name": "stranger", "ownerReferences": []}
    cluster.objects["Service", "stranger"] = stranger
    await look(cluster, make)
    assert cluster.objects["Service", "stranger"] is stranger


async def test_a_loading_model_is_looked_at_again(make):
    cluster = make.cluster(make.raw_model())
    cluster.pods = [make.raw_pod()]
    assert await look(cluster, make) == 2.0


@pytest.mark.parametrize("spec", [{}, {"engine": "custom", "image": "vllm:1"}], ids=["ours", "any"])
async def test_a_model_that_serves_is_not_asked_again(make, spec):
    cluster = make.cluster(make.raw_model(**spec))
    cluster.pods = [make.raw_pod(ready=True)]
    assert await look(cluster, make) is None
    assert cluster.condition("Available") == ("True", "Serving")


async def test_transitions_are_told(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make)
    cluster.pods = [make.raw_pod(ready=True)]
    await look(cluster, make)
    assert cluster.told == ["Accepted", "Scheduling", "Serving"]


@pytest.mark.parametrize(
    ("since", "again", "phase"),
    [("2026-05-01T11:55:00Z", 300, "Pending"), ("2026-05-01T11:50:00Z", None, "Failed")],
    ids=["a node may come", "too long"],
)
async def test_a_pod_without_a_node_is_given_up_in_time(make, since, again, phase):
    unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    waiting = {**unplaced, "lastTransitionTime": since}
    cluster = make.cluster(make.raw_model())
    cluster.pods = [make.raw_pod(phase="Pending", containerStatuses=[], conditions=[waiting])]
    assert await look(cluster, make) == again
    assert cluster.models[KEY]["status"]["phase"] == phase
