"""Two servers under the same load, in turn."""

from typing import Any

import report
import servers

ROUNDS, SECONDS = 3, 8.0


def over_http(
    ours: str, theirs: str, peer: str, work: str, key: str, bodies: list[Any], callers: int, aim: float
) -> report.Row:
    """Compare `key` (`p50` or `rps`) of two URLs that take the same bodies from as many callers."""
    tenfold, other = taken(ours, theirs, bodies, callers)
    return report.row(work, key, tenfold, other, peer, aim)


def taken(ours: str, theirs: str, bodies: list[Any], callers: int) -> list[list[dict[str, float]]]:
    """Measure two URLs in turn, each under the same load."""

    def measured(url: str) -> report.Measure:
        return lambda: servers.load(url, bodies, callers, SECONDS)

    return report.alternate([measured(ours), measured(theirs)], ROUNDS)
