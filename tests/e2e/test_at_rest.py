"""Where nothing changes, nothing is written."""

import e2e_kubectl as cluster
import e2e_world as world

KINDS = "deployments,replicasets,pods,services,serviceaccounts,networkpolicies,endpointslices"


def test_an_operator_that_starts_anew_writes_nothing(model):
    settled = model("settled")
    settled.settled()
    before = _versions(settled)
    cluster.kubectl("rollout", "restart", "deployment/tenfold-operator", f"--namespace={world.SYSTEM}")
    cluster.rolled_out("deployment/tenfold-operator", world.SYSTEM)
    model("next").available()  # the operator has looked at all that there was before
    assert _versions(settled) == before


def _versions(model):
    """Give the resourceVersions of the model and of all that is of it."""
    objects = [model.get(), *cluster.get(KINDS, world.NAMESPACE, model.selector)["items"]]
    return {(each["kind"], each["metadata"]["name"]): each["metadata"]["resourceVersion"] for each in objects}
