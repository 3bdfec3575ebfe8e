"""Helm tests, upgrades and uninstalls Tenfold, and models go on."""

import asyncio
import os

import pytest

import e2e_kubectl as cluster
import e2e_world as world

CALLERS = 4
CRD = "customresourcedefinition/inferencemodels.tenfold.dev"
NEW = {"podAnnotations": {"e2e": "upgraded"}}
SECONDS_TO_DRAIN = 6

_DRAINS = "jsonpath={.spec.template.spec.containers[0].lifecycle.preStop.sleep.seconds}"


def test_helm_test_gets_a_prediction(installed, tell):
    where = ("--namespace", world.SYSTEM)
    tell(world.helm("test", world.RELEASE, *where, "--logs", "--timeout", f"{cluster.SECONDS:.0f}s"))
    assert cluster.get("pod/tenfold-test", world.SYSTEM)["status"]["phase"] == "Succeeded"


@pytest.mark.skipif(
    "TENFOLD_E2E_URL" not in os.environ, reason="a forwarded port ends with its gateway: set TENFOLD_E2E_URL"
)
async def test_an_upgrade_of_every_part_loses_no_request(model, callers, tell):
    upgraded = model("upgraded")
    upgraded.settled()
    async with callers(upgraded).steadily(CALLERS) as count:
        await asyncio.to_thread(_upgrade, upgraded)
    tell(count)
    assert count.requests
    assert not count.failed


def _upgrade(model):
    """Replace the operator, every gateway and the model's pods, and then put all back."""
    gateways = _names("--selector=app.kubernetes.io/name=tenfold-gateway", world.SYSTEM)
    pods = _names(model.selector, world.NAMESPACE)
    with world.upgraded(operator=NEW, gateway=NEW, runtime={"drainSeconds": SECONDS_TO_DRAIN}):
        cluster.wait(model.deployment, f"{_DRAINS}={SECONDS_TO_DRAIN}", world.NAMESPACE)
        for names, namespace in ((gateways, world.SYSTEM), (pods, world.NAMESPACE)):
            for name in names:
                cluster.wait(f"pod/{name}", "delete", namespace)
        model.settled()


def test_an_uninstall_keeps_the_models_and_what_serves_them(model):
    kept = model("kept")
    kept.settled()
    before = _names(kept.selector, world.NAMESPACE)
    with world.uninstalled():
        assert not cluster.get("deployments", world.SYSTEM)["items"]
        cluster.wait(CRD, "condition=Established", world.SYSTEM)
        assert kept.get()["status"]["phase"] == "Ready"
    kept.settled()
    assert _names(kept.selector, world.NAMESPACE) == before


def _names(selector, namespace):
    return {pod["metadata"]["name"] for pod in cluster.get("pods", namespace, selector)["items"]}
