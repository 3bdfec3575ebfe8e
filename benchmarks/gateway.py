"""The gateway over a runtime that answers at once, beside nginx as a plain proxy.

The proxies take turns on one core; the runtime and the callers share another. nginx is fast enough to wait
for that other core; where the machine has other work besides, the requests/s flatter the gateway. The
requests for each second of a proxy's own CPU time do not depend on who else is busy: believe those.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import report
import servers

MODEL = "measured/model"
BODY = {"inputs": "I like this film"}
PEER, AIM, CACHED_AIM = "nginx as a plain proxy", 0.25, 0.3
RATE, ADDED_AIM = 1000.0, 5.0  # requests/s; ms
REVISION = "kept"  # with it, the gateway's cache answers
CALLERS, ROUNDS, SECONDS = 32, 5, 4
PEERS = servers.HERE / "peers"

Results: TypeAlias = list[dict[str, float]]

NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    keepalive_requests 1000000000;
    upstream runtime {{
        server {runtime};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://runtime;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""

WRK = """
wrk.method = "POST"
wrk.body = '{"inputs": "I like this film"}'
wrk.headers["content-type"] = "application/json"
"""


def cores() -> tuple[int, int]:
    """Give the core for a proxy and the one for everything else."""
    usable = sorted(os.sched_getaffinity(0))
    assert len(usable) > 1, "this takes two cores"
    return usable[0], usable[-1]


def pinned(core: int, command: list[str], port: int) -> AbstractContextManager[str]:
    url = f"http://127.0.0.1:{port}/models/{MODEL}"
    return servers.process(["taskset", "-c", str(core), *command], url)


def runtime(core: int, port: int) -> AbstractContextManager[str]:
    return pinned(core, [sys.executable, str(PEERS / "instant_server.py"), str(port)], port)


def gateway(core: int, behind: int, *revision: str) -> AbstractContextManager[str]:
    port = servers.free_port()
    script = str(PEERS / "gateway_server.py")
    url = f"http://127.0.0.1:{behind}"
    return pinned(core, [sys.executable, script, str(port), MODEL, url, *revision], port)


@contextmanager
def nginx(core: int, behind: int, folder: Path) -> Iterator[str]:
    program = shutil.which("nginx")
    assert program, "nginx is not on the PATH"
    port, config = servers.free_port(), folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, runtime=f"127.0.0.1:{behind}", port=port))
    with pinned(core, [program, "-e", f"{folder}/error.log", "-c", str(config)], port) as url:
        yield url


def load(core: int, url: str, folder: Path) -> dict[str, float]:
    """Measure with wrk, or where it is missing with callers in Python, who are slower than nginx."""
    if shutil.which("wrk") is None:
        os.sched_setaffinity(0, {core})  # what is started from here stays on the core
        return servers.load(url, [BODY], CALLERS, SECONDS)
    script = folder / "post.lua"
    script.write_text(WRK)
    command = ["wrk", "-t1", f"-c{CALLERS}", f"-d{SECONDS}", "-s", str(script), url]
    said = subprocess.run(["taskset", "-c", str(core), *command], capture_output=True, text=True, check=True)
    return {"rps": float(found(r"Requests/sec: +([\d.]+)", said.stdout)[0]), "failed": failures(said.stdout)}


def paced(core: int, url: str) -> dict[str, float]:
    """Measure the latency at a steady rate."""
    os.sched_setaffinity(0, {core})  # what is started from here stays on the core
    return servers.load(url, [BODY], CALLERS, SECONDS, RATE)


def measured(core: int, url: str, folder: Path, marker: str) -> dict[str, float]:
    """Measure a proxy, the child whose command line ends with `marker`, also by its CPU time."""
    before, began = cpu_seconds(marker), time.perf_counter()
    result = load(core, url, folder)
    share = (cpu_seconds(marker) - before) / (time.perf_counter() - began)
    return {**result, "per_cpu": result["rps"] / share}


def cpu_seconds(marker: str) -> float:
    """Give the CPU time of our child with these last in its command line."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    (child,) = [pid for pid in children if Path(f"/proc/{pid}/cmdline").read_text().endswith(f"{marker}\0")]
    fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def failures(said: str) -> int:
    """Count answers of another status than 2xx, and failed connections."""
    counts: list[Any] = found(r"Non-2xx or 3xx responses: (\d+)", said)
    for errors in found(r"Socket errors: (.*)", said):
        counts += found(r"\d+", errors)
    return sum(map(int, counts))


def found(pattern: str, text: str) -> list[str]:
    return re.findall(pattern, text)


def main() -> None:
    one, other = cores()
    port = servers.free_port()
    with (
        tempfile.TemporaryDirectory() as name,
        runtime(other, port),
        gateway(one, port) as ours,
        gateway(one, port, REVISION) as caching,
        nginx(one, port, Path(name)) as theirs,
    ):
        folder = Path(name)
        tenfold, cached, peer = report.alternate(
            [
                lambda: measured(other, ours, folder, f"http://127.0.0.1:{port}"),
                lambda: measured(other, caching, folder, REVISION),
                lambda: measured(other, theirs, folder, "nginx.conf"),
            ],
            ROUNDS,
        )
        alone = f"http://127.0.0.1:{port}/models/{MODEL}"
        at_rate = report.alternate(
            [lambda url=url: paced(other, url) for url in (ours, theirs, alone)],  # type: ignore[misc]
            ROUNDS,
        )
    rows = [
        *both(f"{CALLERS} callers", tenfold, peer, AIM),
        *both(f"{CALLERS} callers, from the response cache", cached, peer, CACHED_AIM),
        added("median", "p50", *at_rate),
        added(f"99th percentile (at most {ADDED_AIM:g} ms)", "p99", *at_rate),
    ]
    report.publish("gateway", "The gateway over a runtime that answers at once", rows)


def both(work: str, tenfold: Results, peer: Results, aim: float) -> list[report.Row]:
    """Compare by the clock, on one core, and by CPU time."""
    by_clock = report.row(f"{work}, one core", "rps", tenfold, peer, PEER, aim)
    ours, theirs = report.median(tenfold, "per_cpu"), report.median(peer, "per_cpu")
    ratio = round(ours / theirs, 2)
    by_cpu = report.Row(
        f"{work}, by CPU time", "requests/CPU s", round(ours), round(theirs), PEER, ratio, aim
    )
    return [by_clock, by_cpu]


def added(name: str, key: str, tenfold: Results, peer: Results, alone: Results) -> report.Row:
    """Compare what the proxies add to the runtime's own latency."""
    base = report.median(alone, key)
    ours, theirs = (round(report.median(results, key) - base, 3) for results in (tenfold, peer))
    ratio = round(theirs / max(ours, 0.001), 2)  # what is added may be less than the noise
    aim = round(theirs / ADDED_AIM, 2) if key == "p99" else AIM
    return report.Row(f"added at {RATE:.0f} requests/s: {name}", "ms", ours, theirs, PEER, ratio, aim)


if __name__ == "__main__":
    main()
