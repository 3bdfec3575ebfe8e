"""A model leaves nothing behind."""

import e2e_kubectl as cluster
import e2e_world as world

KINDS = "deployments,replicasets,pods,services,serviceaccounts,networkpolicies,poddisruptionbudgets"


def test_a_model_that_is_deleted_while_the_operator_is_down_leaves_nothing(model):
    gone = model("gone", autoscaling={"maxReplicas": 3, "metric": "cpu", "target": 80})
    gone.available()
    with cluster.scaled("deployment/tenfold-operator", 0, world.SYSTEM):
        gone.delete()
        cluster.wait(f"{KINDS},horizontalpodautoscalers", "delete", world.NAMESPACE, gone.selector)
        assert not cluster.get(KINDS, world.NAMESPACE, gone.selector)["items"]
