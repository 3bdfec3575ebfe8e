"""The runtime over HTTP: answers, headers, refusals, and its account of itself."""

import threading
import time

import httpx2
import pytest
from starlette.testclient import TestClient

from live import live
from served import BuildHere, settings
from tenfold_api import names
from tenfold_runtime.app import create_app
from tenfold_runtime.server import server
from tenfold_runtime.service import Service


def started(service):
    """A client of the service's application, once its load has ended."""
    client = TestClient(create_app(service))
    client.__enter__()
    deadline = time.monotonic() + 60
    while client.get("/status").json()["state"] == "loading":
        assert time.monotonic() < deadline
    return client


@pytest.fixture(scope="module")
def client(classifier, tmp_path_factory):
    configured = settings(classifier, tmp_path_factory.mktemp("cache"), limits={"maxBodyBytes": "500000"})
    client = started(Service(configured, BuildHere()))
    yield client
    client.__exit__(None, None, None)


def test_the_server_keeps_an_idle_connection_for_longer_than_the_gateway(classifier, tmp_path):
    config = server(Service(settings(classifier, tmp_path), BuildHere())).config

    assert config.http.keywords["sweep"].idle_seconds > names.KEEP_ALIVE


def test_an_answer_carries_the_headers_of_the_hosted_api(client):
    answer = client.post("/", content=b'{"inputs": "hello"}', headers={"x-request-id": "mine"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-compute-type"] == "cpu+optimized"
    assert float(answer.headers["x-compute-time"]) < 60
    assert answer.headers["x-compute-characters"] == "5"
    assert len(answer.headers["x-sha"]) == 40
    assert answer.headers["x-request-id"] == "mine"


@pytest.mark.parametrize(
    "content_type", [None, "application/x-www-form-urlencoded", "text/plain", "image/png"]
)
def test_the_content_type_does_not_matter(client, content_type):
    headers = {"content-type": content_type} if content_type else {}

    assert client.post("/", content=b'{"inputs": "hello"}', headers=headers).status_code == 200


BAD = {
    "malformed JSON": (b'{"inputs": "he', 400),
    "no inputs": (b"{}", 400),
    "wrong type": (b'{"inputs": {"a": 1}}', 400),
    "empty batch": (b'{"inputs": []}', 400),
    "a string too long": (b'{"inputs": "' + b"a" * 300_000 + b'"}', 400),
    "too many tokens": (b'{"inputs": "' + b"a cat " * 500 + b'"}', 400),
    "not UTF-8": (b"\xff\xfe\xfa", 400),
    "an empty body": (b"", 400),
    "a body too large": (b" " * 500_001, 413),
    "deep nesting": (b"[" * 100_000, 400),
    "nesting that JSON's parser allows": (b"[" * 900 + b"]" * 900, 400),
    "a nested parameter": (b'{"inputs": "a", "parameters": ' + b'{"a":' * 90 + b"1" + b"}" * 91, 400),
    "too many texts": (b'["a"' + b', "a"' * 2000 + b"]", 400),
}


@pytest.mark.parametrize(("body", "status"), BAD.values(), ids=BAD.keys())
def test_a_bad_request_is_named_and_the_next_one_is_served(client, body, status):
    refused = client.post("/", content=body)

    assert refused.status_code == status
    assert refused.json()["error"]
    assert client.post("/", content=b'{"inputs": "good"}').status_code == 200


def test_a_path_can_force_another_task_of_the_same_graph(client):
    body = {"inputs": "hello", "parameters": {"candidate_labels": ["a", "b"]}}

    assert set(client.post("/pipeline/zero-shot-classification", json=body).json()) == {
        "sequence",
        "labels",
        "scores",
    }


@pytest.mark.parametrize("task", ["fill-mask", "no-such-task"])
def test_a_task_that_the_model_does_not_answer_is_refused(client, task):
    assert client.post(f"/pipeline/{task}", json={"inputs": "hello"}).status_code == 404


def test_a_body_tells_which_task_of_a_graph_is_meant(client):
    body = {"inputs": "hello", "parameters": {"candidate_labels": ["a", "b"]}}

    assert "labels" in client.post("/", json=body).json()


def test_wrong_methods_and_paths_are_answered_in_json(client):
    assert client.delete("/").status_code == 405
    assert client.get("/nowhere").json()["error"].startswith("there is nothing at /nowhere")


def test_the_model_tells_its_task_limits_and_how_to_call_it(client):
    info = client.get("/").json()

    assert info["task"] == "text-classification"
    assert info["limits"]["timeout"] == "60s"
    assert client.post("/", json=info["examples"]["text-classification"]).status_code == 200


def test_health_readiness_and_metrics_answer(client):
    client.post("/", json={"inputs": "hello"})

    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert "tenfold_runtime_request_seconds_count" in client.get("/metrics").text


def test_a_model_that_cannot_load_says_why_for_good(tmp_path):
    client = started(Service(settings(tmp_path / "absent", tmp_path), BuildHere()))

    answer = client.post("/", json={"inputs": "hello"})

    client.__exit__(None, None, None)
    assert answer.status_code == 404
    assert "there is no folder" in answer.json()["error"]


class Stalled(BuildHere):
    """A build that does not end before it is told to."""

    def build(self, job, say):
        while not self.stopped:
            time.sleep(0.01)
        raise RuntimeError("stopped")

    stopped = False


def test_a_model_that_still_loads_answers_503(classifier, tmp_path):
    builder = Stalled()
    with TestClient(create_app(Service(settings(classifier, tmp_path), builder))) as client:
        answer = client.post("/", json={"inputs": "hello"})
        ready = client.get("/readyz")
        builder.stopped = True

    assert answer.status_code == ready.status_code == 503
    assert answer.json()["error"] == "Model tests/classifier is currently loading"


def test_what_nobody_foresaw_is_told_without_what_is_inside(classifier, tmp_path):
    service = Service(settings(classifier, tmp_path), BuildHere())
    with live(service) as url:
        service.predictor.predict = None
        answer = httpx2.post(url, json={"inputs": "hello"})

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.json()["error"].startswith("the model failed at this request")


class Broken(BuildHere):
    """A build that fails as nobody foresaw."""

    def build(self, job, say):
        raise ZeroDivisionError


def test_an_unforeseen_error_is_told_to_whoever_started_the_process(classifier, tmp_path):
    told = threading.Event()
    service = Service(settings(classifier, tmp_path), Broken())

    with TestClient(create_app(service, on_breakdown=told.set)):
        assert told.wait(10)
