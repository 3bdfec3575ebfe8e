"""What the operator makes of a hub's answers, asked by huggingface_hub's own client."""

import json

import pytest

from hub_fixture import COMMIT, Hub, serving
from tenfold_api.progress import Failure
from tenfold_api.spec import HubSource
from tenfold_api.tasks import Task
from tenfold_operator.errors import HubUnavailable
from tenfold_operator.preflight.facts import Facts
from tenfold_operator.preflight.hub import Hub as Asking
from tenfold_operator.preflight.inquiry import Inquiries, Pace

BERT = HubSource(repo="tests/bert")
ROLLED_OUT = {"Deployment", "NetworkPolicy", "Service", "ServiceAccount"}


@pytest.fixture
def hub(tmp_path):
    folder = tmp_path / "hub" / "tests" / "bert"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"architectures": ["BertForMaskedLM"]}))
    (folder / "model.safetensors").write_bytes(bytes(3 << 20))
    with serving(Hub(tmp_path / "hub")) as running:
        yield running


@pytest.fixture
def ask(hub):
    return Asking(hub.url, seconds=5)


def test_a_revision_is_known_by_its_commit_files_and_architecture(hub, ask):
    hub.pipeline_tag = "fill-mask"
    facts = ask(BERT)
    assert isinstance(facts, Facts)
    assert (facts.commit, facts.task, facts.architecture) == (COMMIT, Task.FILL_MASK, "BertForMaskedLM")
    assert facts.weight_bytes == 3 << 20


def test_a_task_of_the_hub_that_is_none_of_ours_is_left_out(hub, ask):
    hub.pipeline_tag = "any-to-any"
    assert ask(BERT).task is None


def reason(answer):
    assert isinstance(answer, Failure)
    return answer.status, answer.reason


def test_a_repository_that_is_not_there_is_told(ask):
    assert reason(ask(HubSource(repo="tests/absent"))) == (404, "ModelNotFound")


def test_a_revision_that_is_not_there_is_told(ask):
    assert reason(ask(HubSource(repo="tests/bert", revision="v9"))) == (404, "RevisionNotFound")


def test_a_gated_repository_is_told_though_everyone_may_read_about_it(hub, ask):
    hub.gated = True
    assert reason(ask(BERT)) == (403, "Unauthorized")
    assert hub.requests[-1] == f"HEAD /tests/bert/resolve/{COMMIT}/config.json"


def test_a_hub_in_trouble_is_no_verdict(hub, ask):
    hub.down = True
    with pytest.raises(HubUnavailable):
        ask(BERT)


def test_a_hub_that_is_not_there_is_no_verdict():
    with pytest.raises(HubUnavailable):
        Asking("http://127.0.0.1:1", seconds=5)(BERT)


@pytest.fixture
async def checking(operate, ask):
    """The running operator, asking the hub before pods start."""
    pace = Pace(delays=(0.1, 0.1), rest=0.0, stale=0.2)
    async with operate(inquiries=lambda news: Inquiries(ask, news, pace)) as started:
        yield started


def source(revision="main"):
    return {"source": {"hub": {"repo": "tests/bert", "revision": revision}}}


def message(kube, type_="Accepted"):
    conditions = kube.get("InferenceModel", "minilm")["status"]["conditions"]
    return next(each["message"] for each in conditions if each["type"] == type_)


async def test_a_model_that_can_load_gets_its_pods(checking, kube, make, hub):
    await kube.apply(make.model(**source()))
    await kube.until(lambda: kube.kinds() == ROLLED_OUT)
    await kube.until(lambda: kube.condition("minilm", "Accepted") == ("True", "Accepted"))
    assert message(kube).endswith("; commit 0123456789ab: fill-mask, BertForMaskedLM, weights of 3 MiB")
    assert len(hub.requests) == 1


async def test_a_model_that_is_not_on_the_hub_gets_none(checking, kube, make):
    await kube.apply(make.model(**source("v9")))
    await kube.until(lambda: kube.condition("minilm", "Accepted") == ("False", "RevisionNotFound"))
    await kube.until(lambda: ("Warning", "RevisionNotFound") in kube.events())
    assert not kube.kinds()


async def test_weights_that_do_not_fit_are_told_in_numbers(checking, kube, make):
    await kube.apply(make.model(**source(), resources={"limits": {"memory": "1Mi"}}))
    await kube.until(lambda: kube.condition("minilm", "Accepted") == ("False", "OutOfMemory"))
    assert "the weights take 3 MiB, and the memory limit is 1 MiB" in message(kube)


async def test_a_silent_hub_keeps_no_model_from_starting(checking, kube, make, hub):
    hub.down = True
    await kube.apply(make.model(**source()))
    await kube.until(lambda: kube.kinds() == ROLLED_OUT)
    assert len(hub.requests) == 3


async def test_what_comes_to_the_hub_later_is_served(checking, kube, make, hub):
    await kube.apply(make.model(**source("v9")))
    await kube.until(lambda: kube.condition("minilm", "Accepted") == ("False", "RevisionNotFound"))
    hub.revisions = (*hub.revisions, "v9")
    await kube.until(lambda: kube.kinds() == ROLLED_OUT)
