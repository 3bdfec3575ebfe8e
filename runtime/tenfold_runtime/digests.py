"""Hashes of files, remembered for as long as a file looks untouched.

Hashing a model's weights takes a good part of a warm start. As git's index does, a file whose size, times and
inode are those of last time is believed to be the same.
"""

import hashlib
import json
import mmap
import os
from pathlib import Path


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def frozen_digest(path: Path) -> str:
    """SHA-256 of a file that nobody writes, in hex.

    It is hashed by one call, which leaves the interpreter to other threads; a file that someone else made
    shorter meanwhile would end the process.
    """
    if path.stat().st_size == 0:  # which cannot be mapped
        return hashlib.sha256().hexdigest()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return hashlib.sha256(content).hexdigest()


class Digests:
    """Digests by path, kept in one file. Losing the file costs time and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _read(path)

    def of(self, file: Path) -> str:
        """Give a file's SHA-256, in hex."""
        key, looks = str(file.resolve()), _looks(file)
        known = self._known.get(key)
        if known is None or known[0] != looks:
            known = self._known[key] = (looks, file_digest(file))
        return known[1]

    def keep(self) -> None:
        """Write what is known, aside and then in place, so that another process never reads half of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps(self._known))
        aside.replace(self._path)


def _looks(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}"


def _read(path: Path) -> dict[str, tuple[str, str]]:
    try:
        content = json.loads(path.read_text())
        return {str(key): (str(looks), str(digest)) for key, (looks, digest) in content.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
