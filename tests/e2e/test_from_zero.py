"""A sleeping model is woken by whoever comes first, and goes to sleep again."""

CALLERS = 100
ASLEEP = {"minReplicas": 0, "maxReplicas": 1, "idleAfter": "20s"}


async def test_a_hundred_callers_wake_a_model_once_and_all_are_answered(model, callers, tell):
    sleeping = model("zero", replicas=0, autoscaling={**ASLEEP, "idleAfter": "1h"})
    sleeping.wait("jsonpath={.status.phase}=Sleeping")
    before = sleeping.get()["metadata"]["generation"]
    count = await callers(sleeping).at_once(CALLERS)
    tell(count)
    assert (count.first + count.retried, count.failed.total()) == (CALLERS, 0)
    woken = sleeping.get()
    assert (woken["spec"]["replicas"], woken["metadata"]["generation"]) == (1, before + 1)


async def test_a_model_that_nobody_asks_goes_to_sleep(model, callers):
    idle = model("idle", autoscaling=ASLEEP)
    idle.available()
    assert not (await callers(idle).at_once(1)).failed
    idle.wait("jsonpath={.status.phase}=Sleeping")
    assert not idle.get()["spec"]["replicas"]
