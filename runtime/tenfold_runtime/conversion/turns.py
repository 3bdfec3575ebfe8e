"""Builds take turns: only as many go on at once as the machine has cores.

Each takes memory for a whole model, and most of one core.
"""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LONGEST = 1800.0  # seconds; a build that has waited for so long begins
_LOOK = 0.2  # seconds between two looks for a free place

log = logging.getLogger(__name__)


@contextmanager
def turn(folder: Path, longest: float = LONGEST) -> Iterator[None]:
    """Hold one of the places that builds with the same folder share; wait for one where all are taken.

    A process that ends frees its place.
    """
    places = range(os.cpu_count() or 1)
    place = _taken([FileLock(folder / f".building-{number}") for number in places], longest)
    try:
        yield
    finally:
        if place is not None:
            place.release()


def _taken(places: Sequence[FileLock], longest: float) -> FileLock | None:
    """Take the first place that gets free; None where none did in time, or the file system has no locks."""
    until = time.monotonic() + longest
    while time.monotonic() < until:
        try:
            if place := next(filter(_take, places), None):
                return place
        except NotImplementedError:
            return None
        time.sleep(_LOOK)
    log.warning("Builds before this one took more than %.0f s; it begins beside them", longest)
    return None


def _take(place: FileLock) -> bool:
    try:
        place.acquire(timeout=0)
    except Timeout:
        return False
    return True
