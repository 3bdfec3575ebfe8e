"""The cluster of the end-to-end tests, through kubectl: whatever KUBECONFIG names, if it is for tests."""

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from threading import Thread
from typing import Any

from helm import tool

CONTEXT = "TENFOLD_E2E_CONTEXT"
SECONDS = float(os.environ.get("TENFOLD_E2E_SECONDS", "300"))
"""Longest wait for any one condition."""

# What kubectl says when the API server is restarted, or too busy: it does not try again.
_AWAY = "Unable to connect to the server"
_FOR_TESTS = re.compile(r"kind-.+|minikube|k3d-.+")


class Failed(AssertionError):
    """What kubectl said when it could not do what it was asked."""


def refusal(context: str, environment: dict[str, str]) -> str | None:
    """Say why nothing may be done to the cluster of this context; None where it is one for tests."""
    if _FOR_TESTS.fullmatch(context) or environment.get(CONTEXT) == context:
        return None
    if not context:
        return "KUBECONFIG names no cluster"
    return (
        f"context {context} does not look like a cluster for tests (kind-…, minikube, k3d-…): "
        f"{CONTEXT}={context} says that it is one"
    )


def kubectl(*arguments: str, given: Any = None, seconds: float = 60) -> str:
    """Give what kubectl prints. given: an object for its standard input. Raises Failed."""
    done = subprocess.run(
        [tool("kubectl"), *arguments],
        input=None if given is None else json.dumps(given),
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    if done.returncode:
        raise Failed(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def context() -> str:
    try:
        return kubectl("config", "current-context").strip()
    except Failed:
        return ""


def apply(manifest: Any) -> None:
    kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", given=manifest)


def get(what: str, namespace: str, *more: str) -> Any:
    """Give an object, or a List of them."""
    return json.loads(kubectl("get", what, f"--namespace={namespace}", "--output=json", *more))


def wait(what: str, until: str, namespace: str, *more: str, seconds: float = SECONDS) -> None:
    """Wait for a condition as `kubectl wait --for` knows them. Raises Failed when its time is over."""
    deadline = time.monotonic() + seconds
    asked = ("wait", what, f"--for={until}", f"--namespace={namespace}", *more)
    while not _is_met(asked, deadline):
        pass


def _is_met(asked: tuple[str, ...], deadline: float) -> bool:
    """Wait until the deadline; False where the API server went away meanwhile. Raises Failed."""
    left = max(1.0, deadline - time.monotonic())
    try:
        kubectl(*asked, f"--timeout={left:.0f}s", seconds=left + 30)
    except Failed as error:
        if _AWAY not in str(error) or time.monotonic() > deadline:
            raise
        return False
    return True


def rolled_out(deployment: str, namespace: str) -> None:
    limit = f"--timeout={SECONDS:.0f}s"
    kubectl("rollout", "status", deployment, f"--namespace={namespace}", limit, seconds=SECONDS + 30)


@contextmanager
def scaled(deployment: str, replicas: int, namespace: str):
    """Have a Deployment at another size within the block, with all its pods gone or come."""
    before = get(deployment, namespace)["spec"]["replicas"]
    try:
        _scale(deployment, replicas, namespace)
        yield
    finally:
        _scale(deployment, before, namespace)


def _scale(deployment: str, replicas: int, namespace: str) -> None:
    kubectl("scale", deployment, f"--replicas={replicas}", f"--namespace={namespace}")
    rolled_out(deployment, namespace)
    selector = get(deployment, namespace)["spec"]["selector"]["matchLabels"]
    if not replicas:
        labels = ",".join(f"{name}={value}" for name, value in selector.items())
        wait("pod", "delete", namespace, f"--selector={labels}")


@contextmanager
def forwarded(service: str, port: int, namespace: str):
    """Forward a port of this machine to a Service within the block; gives the URL."""
    command = [tool("kubectl"), "port-forward", service, f":{port}", f"--namespace={namespace}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = process.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", said)
        if found is None:
            raise Failed(f"{' '.join(command)}: {said}")
        reading = Thread(
            target=process.stdout.read
        )  # it tells of every connection, and would wait to be heard
        reading.start()
        yield f"http://127.0.0.1:{found[1]}"
    finally:
        process.terminate()
        process.wait(10)
    reading.join(10)
    process.stdout.close()


def told(namespace: str, system: str) -> str:
    """Give what a person would ask for after a failure."""
    parts = "inferencemodels,deployments,horizontalpodautoscalers,pods"
    asked = [
        ("get", parts, "--output=wide", "-n", namespace),
        ("describe", "inferencemodels", "-n", namespace),
        ("describe", "pods", "-n", namespace),
        ("get", "events", "--sort-by=.lastTimestamp", "-n", namespace),
        ("logs", "--selector=tenfold.dev/model", "--tail=60", "--prefix", "-n", namespace),
        ("get", "pods", "--output=wide", "-n", system),
        ("logs", "--selector=app.kubernetes.io/name=tenfold-operator", "--tail=100", "-n", system),
        ("logs", "--selector=app.kubernetes.io/name=tenfold-gateway", "--tail=60", "--prefix", "-n", system),
    ]
    return "\n".join(f"$ kubectl {' '.join(each)}\n{_tried(*each)}" for each in asked)


def _tried(*arguments: str) -> str:
    try:
        return kubectl(*arguments)
    except (Failed, subprocess.TimeoutExpired) as error:
        return f"{error}\n"
