"""Many models at once."""

MANY = 100


async def test_a_hundred_models_at_once_are_all_served_and_nothing_is_written_twice(operator, kube, make):
    for number in range(MANY):
        await kube.apply(make.model(f"model-{number}", modelId=f"org/model-{number}"))
    await kube.until(lambda: len(patches(kube)) >= 5 * MANY, 60)
    await operator.queue.settled()
    assert len(patches(kube)) == len(set(patches(kube))) == 5 * MANY


def patches(kube):
    """Give the writes to four children and the status of each model."""
    return [write for write in kube.writes() if write.startswith("patch")]
