"""Whatever anyone sends to any task is answered or refused with its reason; nothing breaks."""

import json
import re

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

import anything
import served
from every_task import ANSWERED, MODELS
from live import live
from tenfold_runtime import reference
from tenfold_runtime.service import Service

NAMED = re.compile(
    r"Error in `[^`]*`|Error in body|Input validation error|there is nothing at|does not answer"
)
CHECKS = (
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
PATIENT = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", params=MODELS)
def runtime(request, tmp_path_factory):
    """A client of a running model."""
    root, tiny = tmp_path_factory.mktemp("anything"), MODELS[request.param]
    tiny.write(root / "model")
    configured = served.settings(root / "model", root / "cache", task=tiny.task.value, engine=tiny.engine)
    with (
        live(Service(configured, served.BuildHere())) as url,
        httpx2.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_every_task_is_asked():
    assert {each.task for each in reference.described()} == ANSWERED


def problem(answer):
    """Give what is wrong with an answer; None where nothing is."""
    if answer.status_code < 400:
        return None
    if answer.status_code >= 500:
        return answer.text
    error = answer.json()["error"]
    told = (
        error["message"] if isinstance(error, dict) else error if isinstance(error, str) else "; ".join(error)
    )
    return None if NAMED.search(told) else told


def examples(runtime):
    return runtime.get("/info").json()["examples"]


def test_any_body_is_answered_or_refused_with_its_reason(runtime, request):
    tiny = MODELS[request.node.callspec.params["runtime"]]
    known = examples(runtime)
    good = st.sampled_from(sorted(known)).flatmap(
        lambda task: st.tuples(st.just(f"/pipeline/{task}"), anything.changed(known[task]).map(json.dumps))
    )
    odd = st.tuples(st.just("/"), anything.JSON.map(json.dumps) | anything.BYTES)

    @settings(PATIENT, max_examples=15 if tiny.is_slow else 60)
    @given(st.one_of(good, good, odd))
    def ask(asked):
        path, body = asked
        assert problem(runtime.post(path, content=body)) is None, (path, body)

    ask()
    for task, body in known.items():
        assert runtime.post(f"/pipeline/{task}", json=body).status_code == 200


# One of each kind. A drawing may have 150 steps and two million pixels: a request of that kind takes minutes.
ONE_OF_EACH_KIND = [
    "text-classification",
    "text-generation",
    "image-classification",
    "audio-classification",
    "tabular-classification",
    "reinforcement-learning",
]


@pytest.mark.parametrize("runtime", ONE_OF_EACH_KIND, indirect=True)
def test_every_path_does_what_the_openapi_document_says(runtime):
    document = schemathesis.openapi.from_url(f"{runtime.base_url}/openapi.json")
    for operation in document.get_all_operations():

        @settings(PATIENT, max_examples=15)
        @given(operation.ok().as_strategy())
        def ask(case):
            answer = case.call_and_validate(checks=CHECKS)
            assert problem(answer) is None, case.body

        ask()
