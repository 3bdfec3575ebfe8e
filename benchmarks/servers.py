"""Servers to measure: each starts as a process, answers, and is gone when the block ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RUNTIME = [sys.executable, "-m", "tenfold_runtime.main"]
START = 600.0  # seconds that a server may take until it answers
END = 30.0  # seconds that a server may take to end


@contextmanager
def process(
    command: list[str], url: str, environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Iterator[str]:
    """Run a server, in a folder, until the block ends; enter the block when it answers."""
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            await_answer(url, server)
            yield url
        finally:
            end(server)


def end(server: "subprocess.Popen[bytes]") -> None:
    """End a server, and what it leaves behind, as LitServe its workers: they would take time of the next."""
    server.terminate()
    try:
        server.wait(END)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def await_answer(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START
    while not answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{url} does not answer; its process: {server.poll()}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    question = urllib.request.Request(url, data=b'{"inputs": "ready?"}')  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(question, timeout=60):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        return error.code not in (500, 502, 503, 504)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def transformers(task: str, model: Path) -> Any:
    """The peer: transformers' pipeline, or sentence-transformers, behind Starlette."""
    port = free_port()
    command = [sys.executable, str(HERE / "peers" / "transformers_server.py"), task, str(model), str(port)]
    return process(command, f"http://127.0.0.1:{port}/")


@contextmanager
def tenfold(model: Path, work: Path, **spec: Any) -> Iterator[str]:
    """Tenfold as `tenfold up` runs it, gateway and runtime; gives the model's URL."""
    path = work / "measured.yaml"
    path.write_text(resource(model, **spec))  # JSON is YAML
    port = free_port()
    choices = ["--file", str(path), "--port", str(port), "--no-cache"]
    command = [sys.executable, "-m", "tenfold_cli", "up", *choices]
    environment = {**os.environ, "TENFOLD_CACHE": str(work / "cache")}
    with process(command, f"http://127.0.0.1:{port}/models/measured", environment) as url:
        yield url


def runtime(model: Path, work: Path) -> Any:
    """Tenfold's runtime without the gateway, as peers are servers of one process."""
    port = free_port()
    return process(RUNTIME, f"http://127.0.0.1:{port}/", runtime_environment(model, work, port))


def runtime_environment(model: Path, work: Path, port: int) -> dict[str, str]:
    own = {"TENFOLD_MODEL": resource(model), "TENFOLD_CACHE": str(work / "cache"), "TENFOLD_PORT": str(port)}
    return {**os.environ, **own}


def resource(model: Path, **spec: Any) -> str:
    """Give the `InferenceModel` to measure, as JSON."""
    manifest = {
        "apiVersion": "tenfold.dev/v1alpha1",
        "kind": "InferenceModel",
        "metadata": {"name": "measured"},
        "spec": {"modelId": "measured", "source": {"path": str(model)}, **spec},
    }
    return json.dumps(manifest)


def load(
    url: str, bodies: list[Any], callers: int, seconds: float, rate: float | None = None
) -> dict[str, float]:
    """Measure a server under a closed loop of callers, or at a rate in requests/s."""
    lines = "\n".join(json.dumps(body) for body in bodies)
    command = [sys.executable, str(HERE / "load.py"), url, str(callers), str(seconds)]
    command += [] if rate is None else [str(rate)]
    run = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(run.stdout)
    return result
