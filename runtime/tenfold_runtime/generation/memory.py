"""How much memory the cache may take."""

from pathlib import Path

_FILES = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def cache_bytes(share: float = 0.4) -> int:
    """Give a share of the memory that this process may use, in bytes."""
    return int(share * min([_machine(), *(limit for file in _FILES if (limit := _limit(Path(file))))]))


def _machine() -> int:
    fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(fields["MemTotal"].split()[0]) * 1024


def _limit(file: Path) -> int | None:
    try:
        text = file.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
