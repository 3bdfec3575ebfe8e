"""The operator may do what it does, and nothing else."""

import pytest

from operator_real import OPERATOR
from rights import SCALING, allowed, used
from tenfold_api import names

EVERY_CHILD = {"autoscaling": {"maxReplicas": 4}}


@pytest.fixture
async def told(operate, make, kube):
    """A cluster in which the operator has done everything that it ever does."""
    claims = {"runtime": {"cache": {"kind": "claim"}}}
    elder = make.model("elder", created="2025-01-01T00:00:00Z", **EVERY_CHILD)
    elder["metadata"]["namespace"] = "elsewhere"
    await kube.apply(elder)
    async with operate({"namespaces": ["models"], **claims}):
        await kube.apply(make.model(**EVERY_CHILD))
        await kube.until(lambda: len(kube.kinds()) == 7 and kube.events())
    async with operate(claims) as operator:
        await kube.until(lambda: kube.kinds_of("minilm") == {"PersistentVolumeClaim"})
        await operator.queue.settled()
    return kube


def test_every_right_of_the_operator_is_used_and_none_is_missing(told):
    assert used(told.requests()) | SCALING == allowed("rbac-operator.yaml")


def test_a_real_server_refuses_the_operator_nothing_that_it_asks_for(real, told):
    assert not real.forbidden(OPERATOR)


@pytest.mark.parametrize(
    ("verb", "resource"),
    [
        ("patch", names.PLURAL),
        ("delete", names.PLURAL),
        ("get", "secrets"),
        ("list", "secrets"),
        ("create", "pods"),
        ("delete", "persistentvolumeclaims"),
        ("create", "pods/exec"),
    ],
)
def test_what_the_operator_never_does_a_real_server_refuses(real, verb, resource):
    assert not real.may(OPERATOR, verb, resource)
