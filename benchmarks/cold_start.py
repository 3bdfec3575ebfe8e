"""BERT-base from process start to the first answer, and the memory that it then takes.

Tenfold's runtime has its artifact ready, as after any first start; the peer has the model's files.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import models
import report
import servers

PEER = "transformers pipeline"
ROUNDS = 5
BODY = {"inputs": "I like this film"}
SECONDS, MEGABYTES = 1.0, 350.0  # what is aimed for


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = models.bert_base_classifier(folder / "bert-base")
        runtime(model, folder)  # makes the artifact
        ours, theirs = report.alternate([lambda: runtime(model, folder), lambda: peer(model)], ROUNDS)
    report.publish("cold_start", "BERT-base from process start to the first answer", rows(ours, theirs))


def rows(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> list[report.Row]:
    """Give the ratios, and as the aim the ratio at which Tenfold would have the figure aimed for."""
    found = []
    for work, key, unit, aim in (
        ("until the first answer", "seconds", "s", SECONDS),
        ("memory thereafter", "memory", "MB", MEGABYTES),
    ):
        tenfold, other = report.median(ours, key), report.median(theirs, key)
        ratio, wanted = round(other / tenfold, 2), round(other / aim, 2)
        told = f"{work}, aim {aim:g} {unit}"
        found.append(report.Row(told, unit, round(tenfold, 2), round(other, 2), PEER, ratio, wanted))
    return found


def runtime(model: Path, folder: Path) -> dict[str, float]:
    port = servers.free_port()
    return started(servers.RUNTIME, port, servers.runtime_environment(model, folder, port))


def peer(model: Path) -> dict[str, float]:
    port = servers.free_port()
    script = str(servers.HERE / "peers" / "transformers_server.py")
    return started([sys.executable, script, "text-classification", str(model), str(port)], port, os.environ)


def started(command: list[str], port: int, environment: Mapping[str, str]) -> dict[str, float]:
    """Start a server, ask until it answers, and end it."""
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            while not answered(f"http://127.0.0.1:{port}/"):
                if server.poll() is not None or time.perf_counter() - began > servers.START:
                    raise RuntimeError(f"{command} does not answer; its process: {server.poll()}")
                time.sleep(0.005)
            return {"seconds": time.perf_counter() - began, "memory": resident(server.pid)}
        finally:
            server.terminate()


def answered(url: str) -> bool:
    question = urllib.request.Request(url, data=json.dumps(BODY).encode())  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(question, timeout=60) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:  # an HTTPError is one
        return False


def resident(pid: int) -> float:
    """Give the memory that a process holds, in MB: its RSS, mapped weights included."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
