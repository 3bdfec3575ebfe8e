"""A model is applied, and answers."""


async def test_an_applied_model_answers(model, callers, tell):
    applied = model("predict")
    applied.available()
    count = await callers(applied).at_once(10)
    tell(count)
    assert not count.failed
    status = applied.get()["status"]
    assert (status["phase"], status["ready"], status["task"]) == ("Ready", "1/1", "text-classification")


def test_a_model_that_is_not_on_the_hub_says_so_and_gets_no_pod(model):
    applied = model("absent", source={"hub": {"repo": "tests/absent"}})
    applied.wait("condition=Accepted=False")
    accepted = next(each for each in applied.get()["status"]["conditions"] if each["type"] == "Accepted")
    assert accepted["reason"] == "ModelNotFound"
    assert not applied.pods()
