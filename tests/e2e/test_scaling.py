"""Load brings replicas, and they go when it is over."""

import asyncio

CALLERS = 12
TEXTS = 100  # of a request: most of its time is spent in the runtime, whatever the way there
SCALING = {"minReplicas": 1, "maxReplicas": 3, "target": 2}
# Replicas go only to the most that was wanted in the last five minutes.
SECONDS_TO_SHRINK = 600


async def test_replicas_follow_the_load(model, callers, tell):
    scaled = model("scaled", autoscaling=SCALING)
    scaled.available()
    async with callers(scaled, TEXTS).steadily(CALLERS) as count:
        await asyncio.to_thread(scaled.wait, "jsonpath={.spec.replicas}=3")
        await asyncio.to_thread(scaled.has_ready, 3)
    tell(count)
    assert not count.failed
    scaled.wait("jsonpath={.spec.replicas}=1", SECONDS_TO_SHRINK)
    scaled.has_ready(1)
