"""Peers without a server: a process each that runs batches as it is told, and says how long they took."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

HERE = Path(__file__).parent

Loop: TypeAlias = "subprocess.Popen[str]"


def python(environment: str) -> Path:
    """Give the interpreter of a peer's own environment, which `make bench` sets up."""
    return HERE.parent / environment / "bin" / "python"


@contextmanager
def running(interpreter: Path, script: str, *arguments: str | Path) -> Iterator[Loop]:
    """Run a script of peers/ within the block."""
    command = [str(interpreter), str(HERE / "peers" / script), *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


def ask(peer: Loop, *batch: int) -> float:
    """Let the peer run a batch; give the seconds that it took."""
    assert peer.stdin is not None
    assert peer.stdout is not None
    peer.stdin.write(json.dumps(batch) + "\n")
    peer.stdin.flush()
    return float(peer.stdout.readline())
