"""A model that is deleted takes all of its own with it."""

from tenfold_api import names

EVERY_CHILD = {"autoscaling": {"maxReplicas": 4}}
CLAIMS = {"runtime": {"cache": {"kind": "claim"}}}


async def test_a_model_that_is_deleted_while_the_operator_is_down_leaves_nothing(operate, collected, make):
    async with operate(CLAIMS):
        await collected.apply(make.model(**EVERY_CHILD))
        await collected.until(lambda: len(collected.kinds()) == 7)
    await collected.delete(names.KIND, "minilm")
    assert not collected.get(names.KIND, "minilm")
    await collected.until(lambda: not collected.kinds(), 60)


async def test_the_running_operator_does_not_bring_back_what_goes(operate, collected, make):
    async with operate() as operator:
        await collected.apply(make.model())
        await collected.until(lambda: len(collected.kinds()) == 4)
        await operator.queue.settled()
        await collected.delete(names.KIND, "minilm")
        await collected.until(lambda: not collected.kinds(), 60)
        await operator.queue.settled()
    assert not collected.kinds()


async def test_the_children_of_other_models_stay(operate, collected, make):
    async with operate():
        await collected.apply(make.model())
        await collected.apply(make.model("other", modelId="org/other"))
        await collected.until(lambda: len(collected.children("models")) == 8)
        await collected.delete(names.KIND, "minilm")
        await collected.until(lambda: not collected.kinds_of("minilm"), 60)
    assert len(collected.kinds_of("other")) == 4
