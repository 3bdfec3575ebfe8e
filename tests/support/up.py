"""`tenfold up` as a person runs it: a process of its own, asked over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Up:
    """A running `tenfold up`."""

    url: str
    process: "subprocess.Popen[bytes]"

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, model: str, body: Any, **headers: str) -> Answer:
        """Post to a model. `headers` are written with underscores: x_wait_for_model."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._ask(urllib.request.Request(f"{self.url}/models/{model}", data=raw, headers=named))

    def await_model(self, model: str, seconds: float) -> None:
        """Wait until a model is ready."""
        deadline = time.monotonic() + seconds
        while self.get(f"/models/{model}/health").status != 200:
            told = self.get(f"/models/{model}").body
            assert "error" not in told, told
            assert time.monotonic() < deadline, f"{model} did not load"
            time.sleep(0.5)

    def await_models(self, seconds: float) -> None:
        """Wait until all models are ready."""
        deadline = time.monotonic() + seconds
        for model in self.get("/v1/models").body["data"]:
            self.await_model(model["id"], deadline - time.monotonic())

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return _read(answer)
        except urllib.error.HTTPError as error:
            return _read(error)

    def children(self) -> list[int]:
        """The process ids of the runtimes and of what they started."""
        return descendants(self.process.pid)

    def stop(self, sign: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(sign)
        return self.process.wait(30)


def _read(answer: Any) -> Answer:
    raw = answer.read()
    is_json = answer.headers.get("content-type") == "application/json"
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, headers, json.loads(raw) if is_json else raw)


def descendants(pid: int) -> list[int]:
    """All processes below one, from /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
        except OSError:
            continue  # it ended meanwhile
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [below for child in found for below in descendants(child)]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def up(cache: Path, *arguments: str) -> Iterator[Up]:
    """Run `tenfold up` on a free port until the block ends; enter it once the gateway is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenfold_cli", "up", "--port", str(port), *arguments]
    environment = {**os.environ, "TENFOLD_CACHE": str(cache)}
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:
        running = Up(f"http://127.0.0.1:{port}", process)
        try:
            await_ready(running)
            yield running
        finally:
            if process.poll() is None:
                running.stop()


def await_ready(running: Up) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            if running.get("/readyz").status == 200:
                return
        except OSError:
            pass
        assert running.process.poll() is None, "tenfold up ended before it was ready"
        assert time.monotonic() < deadline, "tenfold up was not ready within 60 s"
        time.sleep(0.05)


def manifest(folder: Path, model_id: str, path: Path, **spec: Any) -> Path:
    """Write a manifest for a model in a folder; give its path."""
    name = model_id.replace("/", "-").replace("_", "-").lower()
    document = {
        "apiVersion": "tenfold.dev/v1alpha1",
        "kind": "InferenceModel",
        "metadata": {"name": name},
        "spec": {"modelId": model_id, "source": {"path": str(path)}, **spec},
    }
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps(document))  # JSON is YAML
    return file
