"""From cold to warm, through crashes, to a clean end."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from up import is_alive, manifest, up

MODEL = "tiny/classifier"


@pytest.fixture
def folder(tmp_path, classifier):
    manifest(tmp_path, MODEL, classifier)
    return tmp_path


@pytest.fixture
def sleeper(tmp_path, classifier):
    """A folder with a model that sleeps until it is asked for."""
    manifest(tmp_path, MODEL, classifier, autoscaling={"minReplicas": 0})
    return tmp_path


@pytest.fixture(scope="module")
def cache(tmp_path_factory, classifier):
    """A cache in which the model is converted already."""
    root = tmp_path_factory.mktemp("converted")
    manifest(root, MODEL, classifier)
    with up(root / "cache", "--file", str(root)) as running:
        awaited(running)
    return root / "cache"


def awaited(running):
    """The running server, once its model answers."""
    assert running.post(MODEL, "hello", x_wait_for_model="true").status == 200
    return running


def test_a_cold_model_answers_503_with_an_estimate_that_shrinks(folder):
    with up(folder / "cache", "--file", str(folder)) as running:
        first = running.post(MODEL, "hello")
        shortest = min(estimates_until_ready(running))

    assert first.status == 503
    assert first.body["error"] == f"Model {MODEL} is currently loading"
    assert 0 < shortest < first.body["estimated_time"]
    assert int(first.headers["retry-after"]) >= 1


def estimates_until_ready(running):
    """What a caller who comes back every half second is told, in seconds."""
    while (answer := running.post(MODEL, "hello")).status == 503:
        yield answer.body["estimated_time"]
        time.sleep(0.5)


def test_a_caller_who_waits_gets_the_answer(folder, cache):
    with up(cache, "--file", str(folder)) as running:
        assert running.post(MODEL, "hello", x_wait_for_model="true").status == 200


def test_a_hundred_callers_wake_a_sleeping_model_once(sleeper):
    with up(sleeper / "cache", "--file", str(sleeper)) as running, ThreadPoolExecutor(100) as callers:
        assert running.children() == []
        asked = [callers.submit(running.post, MODEL, "hello", x_wait_for_model="true") for _ in range(100)]
        answers = [future.result() for future in asked]
        runtimes = running.children()

    assert {answer.status for answer in answers} == {200}
    assert len(runtimes) == 1
    assert len(list((sleeper / "cache").glob("artifacts/*/*/manifest.json"))) == 1


def test_a_second_start_finds_the_model_converted(folder, cache):
    (artifact,) = cache.glob("artifacts/*/*/manifest.json")
    made = artifact.stat().st_mtime_ns

    with up(cache, "--file", str(folder)) as running:
        awaited(running)

    assert [artifact] == list(cache.glob("artifacts/*/*/manifest.json"))
    assert artifact.stat().st_mtime_ns == made


def test_a_runtime_that_dies_is_started_again(folder, cache):
    with up(cache, "--file", str(folder)) as running:
        (runtime,) = awaited(running).children()
        os.kill(runtime, signal.SIGKILL)

        assert running.post(MODEL, "hello again", x_wait_for_model="true").status == 200
        assert running.children() != [runtime]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_nothing_running(folder, cache, sign):
    with up(cache, "--file", str(folder)) as running:
        children = awaited(running).children()

        assert running.stop(sign) == 0
        assert not any(is_alive(child) for child in children)


def test_a_stop_during_a_conversion_leaves_nothing_running(folder):
    with up(folder / "cache", "--file", str(folder)) as running:
        deadline = time.monotonic() + 30
        while len(running.children()) < 2:  # the runtime and its conversion
            assert time.monotonic() < deadline
        children = running.children()
        running.stop()

        assert not any(is_alive(child) for child in children)


def test_a_killed_parent_leaves_nothing_running(folder, cache):
    with up(cache, "--file", str(folder)) as running:
        children = awaited(running).children()
        running.stop(signal.SIGKILL)

        deadline = time.monotonic() + 10
        while any(is_alive(child) for child in children):
            assert time.monotonic() < deadline


def test_a_model_that_can_never_load_says_why(tmp_path, classifier):
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_bytes((classifier / "config.json").read_bytes())
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    manifest(tmp_path, MODEL, pickled)
    with up(tmp_path / "cache", "--file", str(tmp_path)) as running:
        answer = running.post(MODEL, "hello", x_wait_for_model="true")

    assert answer.status == 403
    assert "found only pytorch_model.bin" in answer.body["error"]


def test_a_bad_manifest_is_refused_with_its_field(tmp_path, classifier):
    manifest(tmp_path, MODEL, classifier, autoscaling={"minReplicas": "two"})

    run = subprocess.run(
        [sys.executable, "-m", "tenfold_cli", "up", "--file", str(tmp_path)], capture_output=True, text=True
    )

    assert run.returncode == 2
    assert "spec.autoscaling.minReplicas" in run.stderr
