import asyncio
import threading

import pytest

from tenfold_api.progress import Failure
from tenfold_api.spec import HubSource
from tenfold_api.tasks import Task
from tenfold_operator import reconcile, resources
from tenfold_operator.errors import HubUnavailable
from tenfold_operator.model import Key
from tenfold_operator.preflight import judge
from tenfold_operator.preflight.facts import Facts
from tenfold_operator.preflight.inquiry import Finding, Inquiries, Pace
from tenfold_operator.settings import Settings

KEY = Key("models", "minilm")
SOURCE = HubSource(repo="tests/bert")
FACTS = Facts("c0ffee" * 6, {"config.json": 10, "model.safetensors": 3 << 30}, None, "BertModel")
ABSENT = Failure(status=404, reason="ModelNotFound", message="tests/bert is not on the hub")


def problem(make, facts, **spec):
    subject = make.model(**spec)
    deployment = next(
        each for each in resources.children(subject, Settings()) if each["kind"] == "Deployment"
    )
    found = judge.problem(subject, facts, deployment["spec"]["template"])
    return found and (found.reason, found.message)


def memory(limit):
    return {"limits": {"memory": limit}}


def test_a_model_that_fits_has_no_problem(make):
    assert problem(make, FACTS, resources=memory("4Gi")) is None
    assert problem(make, FACTS) is None


def test_weights_beyond_the_memory_limit_are_told_in_numbers(make):
    reason, message = problem(make, FACTS, resources=memory("2Gi"))
    assert reason == "OutOfMemory"
    assert message.startswith("the weights take 3 GiB, and the memory limit is 2 GiB: raise spec.resources")


def test_a_limit_of_the_pod_template_counts_too(make):
    container = {"name": "runtime", "resources": memory("1G")}
    template = {"spec": {"containers": [container]}}
    assert problem(make, FACTS, podTemplate=template)[0] == "OutOfMemory"


@pytest.mark.parametrize(
    ("facts", "spec", "reason"),
    [
        ({"pytorch_model.bin": 1}, {}, "PickleRefused"),
        ({"pytorch_model.bin": 1}, {"security": {"allowPickle": True}}, None),
        ({"README.md": 1}, {}, "InvalidModel"),
    ],
)
def test_files_that_are_never_loaded_are_told(make, facts, spec, reason):
    found = problem(make, Facts("c0ffee", facts, Task.FILL_MASK), **spec)
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    ("architecture", "told", "more", "spec", "reason"),
    [
        ("StarDetector", None, {}, {}, "TaskUnknown"),
        ("StarDetector", Task.OBJECT_DETECTION, {}, {}, None),
        ("StarDetector", None, {}, {"task": "object-detection"}, None),
        ("StarDetector", None, {"modules.json": 1}, {}, None),
        ("BertModel", None, {}, {}, None),
        ("", None, {}, {}, None),
    ],
)
def test_a_task_that_nobody_can_tell_is_asked_for(make, architecture, told, more, spec, reason):
    facts = Facts("c0ffee", {"model.safetensors": 1, **more}, told, architecture)
    found = problem(make, facts, **spec)
    assert (found and found[0]) == reason


def test_what_was_found_is_a_sentence_with_numbers(make):
    assert (
        judge.told(make.model(), FACTS)
        == "commit c0ffeec0ffee: feature-extraction, BertModel, weights of 3 GiB"
    )


class Asked:
    """A hub that gives its answers in their order, the last of them for ever."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.count = 0

    def __call__(self, source):
        assert threading.current_thread() is not threading.main_thread()
        self.count += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def inquire():
    """Makes inquiries of a hub; `await news()` gives the model that is looked at again."""
    begun, told = [], asyncio.Queue()

    def make(hub, stale=300.0):
        begun.append(Inquiries(hub, told.put_nowait, Pace((0.0, 0.0, 0.0), 0.0, stale)))
        return begun[-1], lambda: asyncio.wait_for(told.get(), 10)

    yield make
    for each in begun:
        await each.stop()


async def test_the_hub_is_asked_once_for_a_revision(inquire):
    hub = Asked(FACTS)
    inquiries, news = inquire(hub)
    assert inquiries.of(SOURCE, KEY).is_under_way
    assert inquiries.of(SOURCE, KEY).is_under_way
    assert await news() == KEY
    assert inquiries.of(SOURCE, KEY) == Finding(FACTS)
    assert hub.count == 1


async def test_another_revision_is_asked_for_anew(inquire):
    hub = Asked(FACTS)
    inquiries, news = inquire(hub)
    for revision in ("main", "v2"):
        inquiries.of(HubSource(repo="tests/bert", revision=revision), KEY)
        await news()
    assert hub.count == 2


async def test_a_hub_that_stumbles_is_asked_again(inquire):
    hub = Asked(HubUnavailable("502"), HubUnavailable("502"), FACTS)
    inquiries, news = inquire(hub)
    inquiries.of(SOURCE, KEY)
    await news()
    assert inquiries.of(SOURCE, KEY) == Finding(FACTS)


async def test_a_hub_that_stays_silent_keeps_no_model_from_starting(inquire):
    hub = Asked(HubUnavailable("no route"))
    inquiries, news = inquire(hub)
    inquiries.of(SOURCE, KEY)
    await news()
    assert inquiries.of(SOURCE, KEY) == Finding(None)
    assert hub.count == 4


async def test_a_refusal_holds_while_the_hub_is_asked_anew(inquire):
    hub = Asked(ABSENT, FACTS)
    inquiries, news = inquire(hub, stale=0.0)
    inquiries.of(SOURCE, KEY)
    await news()
    await news()
    assert inquiries.of(SOURCE, KEY) == Finding(ABSENT)
    await news()
    assert inquiries.of(SOURCE, KEY) == Finding(FACTS)


class Known:
    """Inquiries that are answered already."""

    def __init__(self, finding):
        self.finding = finding
        self.asked = 0

    def of(self, source, model):
        self.asked += 1
        return self.finding


async def look(cluster, make, finding):
    known = Known(finding)
    await reconcile.look(KEY, cluster.world(), make.context(cluster, inquiries=known))
    return known


def accepted(cluster):
    return next(
        (each["status"], each["reason"], each["message"])
        for each in cluster.models[KEY]["status"]["conditions"]
        if each["type"] == "Accepted"
    )


async def test_nothing_is_made_before_the_hub_has_answered(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make, Finding(is_under_way=True))
    assert cluster.writes == ["status"]
    assert accepted(cluster)[:2] == ("Unknown", "Checking")
    assert cluster.condition("Available") == ("False", "Checking")
    assert cluster.told == []


async def test_a_model_that_can_never_load_gets_its_reason_and_no_pods(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make, Finding(ABSENT))
    assert cluster.writes == ["status"]
    assert accepted(cluster) == ("False", "ModelNotFound", "tests/bert is not on the hub")
    assert cluster.models[KEY]["status"]["phase"] == "Failed"


async def test_what_the_hub_said_stays_in_the_status_without_asking_again(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make, Finding(FACTS))
    first = accepted(cluster)
    cluster.writes.clear()
    known = await look(cluster, make, Finding(ABSENT))
    assert "weights of 3 GiB" in first[2]
    assert (known.asked, cluster.writes, accepted(cluster)) == (0, [], first)


async def test_scaling_asks_the_hub_nothing(make):
    cluster = make.cluster(make.raw_model(replicas=0))
    await look(cluster, make, Finding(FACTS))
    cluster.models[KEY]["spec"]["replicas"] = 1
    known = await look(cluster, make, Finding(ABSENT))
    assert known.asked == 0
    assert cluster.objects["Deployment", "tenfold-minilm"]["spec"]["replicas"] == 1


async def test_what_serves_goes_on_when_the_next_revision_can_never_load(make):
    cluster = make.cluster(make.raw_model())
    await look(cluster, make, Finding(FACTS))
    before = dict(cluster.objects)
    cluster.pods = [make.raw_pod(ready=True)]
    cluster.models[KEY]["spec"]["source"]["hub"]["revision"] = "gone"
    await look(cluster, make, Finding(ABSENT))
    assert cluster.objects == before
    assert cluster.condition("Available") == ("True", "Serving")
    assert cluster.condition("Accepted") == ("False", "ModelNotFound")


@pytest.mark.parametrize(
    "spec",
    [
        {"engine": "custom", "image": "vllm:1"},
        {"modelId": "mine", "source": {"path": "/models/mine"}},
    ],
    ids=["any server", "a folder"],
)
async def test_of_what_no_hub_decides_none_is_asked(make, spec):
    cluster = make.cluster(make.raw_model(**spec))
    known = await look(cluster, make, Finding(ABSENT))
    assert known.asked == 0
    assert cluster.condition("Accepted") == ("True", "Accepted")


async def test_a_model_with_a_token_of_its_own_is_let_try(make):
    source = {"hub": {"repo": "tests/bert", "tokenSecretRef": {"name": "hub"}}}
    cluster = make.cluster(make.raw_model(source=source))
    await look(cluster, make, Finding(ABSENT))
    assert cluster.condition("Accepted") == ("True", "Accepted")
