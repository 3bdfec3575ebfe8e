"""Two models with one id."""


async def test_the_older_is_served_until_it_goes(model, callers):
    elder = model("elder", "e2e/disputed")
    elder.available()
    younger = model("younger", "e2e/disputed")
    younger.wait("condition=Accepted=False")
    assert not younger.pods()
    elder.delete()
    younger.available()
    assert not (await callers(younger).at_once(5)).failed
