"""Whether a caller may ask: what is asked of the API server, and how often."""

import pytest

from tenfold_operator.scaling.callers import User
from tenfold_operator.scaling.permissions import Path, Permissions, Reading

READER = User("hpa", groups=("system:authenticated",), extra=(("scopes", ("a",)),))


class Reviews:
    """An API server that allows what a test says."""

    def __init__(self, *allowed):
        self.allowed = allowed
        self.asked = []

    async def ask(self, path, review):
        attributes = review["spec"].get("resourceAttributes") or review["spec"]["nonResourceAttributes"]
        place = attributes.get("path") or (attributes["namespace"], attributes["name"])
        self.asked.append(place)
        self.last = review
        return {"status": {"allowed": place in self.allowed}}


@pytest.fixture
def now():
    return [0.0]


def permissions(reviews, now):
    return Permissions(reviews, lambda: now[0])


async def test_who_may_read_everything_is_asked_about_once(now):
    reviews = Reviews(("", ""))
    known = permissions(reviews, now)
    assert all([await known.allow(READER, Reading("models", f"m{number}")) for number in range(50)])
    assert reviews.asked == [("", "")]


async def test_who_may_read_one_model_may_read_that_one_only(now):
    known = permissions(Reviews(("models", "mine")), now)
    assert await known.allow(READER, Reading("models", "mine"))
    assert not await known.allow(READER, Reading("models", "yours"))


async def test_a_right_is_remembered_for_five_minutes(now):
    reviews = Reviews("/apis")
    known = permissions(reviews, now)
    await known.allow(READER, Path("/apis"))
    reviews.allowed = ()
    now[0] = 299
    assert await known.allow(READER, Path("/apis"))
    now[0] = 301
    assert not await known.allow(READER, Path("/apis"))


async def test_a_refusal_is_remembered_for_half_a_minute(now):
    reviews = Reviews()
    known = permissions(reviews, now)
    assert not await known.allow(READER, Path("/apis"))
    reviews.allowed = ("/apis",)
    now[0] = 29
    assert not await known.allow(READER, Path("/apis"))
    now[0] = 31
    assert await known.allow(READER, Path("/apis"))


async def test_one_caller_does_not_have_the_rights_of_another(now):
    reviews = Reviews("/apis")
    known = permissions(reviews, now)
    await known.allow(READER, Path("/apis"))
    reviews.allowed = ()
    assert not await known.allow(User("eve", groups=READER.groups), Path("/apis"))


async def test_administrators_are_not_asked_about(now):
    reviews = Reviews()
    assert await permissions(reviews, now).allow(User("a", groups=("system:masters",)), Path("/apis"))
    assert not reviews.asked


async def test_the_review_names_the_caller_and_the_metric(now):
    reviews = Reviews()
    await permissions(reviews, now).allow(READER, Reading("models", "mine"))
    assert reviews.last["spec"] == {
        "user": "hpa",
        "uid": "",
        "groups": ["system:authenticated"],
        "extra": {"scopes": ["a"]},
        "resourceAttributes": {
            "verb": "get",
            "group": "custom.metrics.k8s.io",
            "version": "v1beta2",
            "resource": "inferencemodels.tenfold.dev",
            "subresource": "concurrency",
            "namespace": "models",
            "name": "mine",
        },
    }
