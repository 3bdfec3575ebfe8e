"""What processes take of the memory, as Linux tells it, in bytes."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """Memory of a process and of all that it started."""

    own: int
    """Its own, which nothing but its end gives back."""
    all: int
    """With the files that it maps, which the kernel may drop and read again."""


def peak(process: "subprocess.Popen[bytes]") -> Taken:
    """Look until a process has ended; give the most that it took."""
    own = whole = 0
    while process.poll() is None:
        now = taken(process.pid)
        own, whole = max(own, now.own), max(whole, now.all)
        time.sleep(0.02)
    return Taken(own, whole)


def taken(pid: int) -> Taken:
    """Give what a process and all that it started take now."""
    found = [fields for one in family(pid) if (fields := _status(one))]
    return Taken(
        sum(fields.get("RssAnon", 0) for fields in found), sum(fields.get("VmRSS", 0) for fields in found)
    )


def family(pid: int) -> Iterator[int]:
    """Give a process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def _status(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return {}
    fields = (line.split() for line in lines if line.endswith(" kB"))
    return {name.rstrip(":"): int(size) * 1024 for name, size, _ in fields}
