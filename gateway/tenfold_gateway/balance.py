"""Which replica answers: of two drawn at random, the one with fewer requests outstanding."""

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tenfold_gateway.routes import Replica

Draw: TypeAlias = Callable[[Sequence[Replica]], Sequence[Replica]]


def two(replicas: Sequence[Replica]) -> Sequence[Replica]:
    return random.sample(replicas, 2)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed connections in a row, and when the last one was."""

    count: int
    last: float


class Turn:
    """One request at a replica."""

    def __init__(self, outstanding: Counter[str], replica: Replica) -> None:
        self._outstanding = outstanding
        self._replica = replica

    def __enter__(self) -> Replica:
        self._outstanding[self._replica.url] += 1
        return self._replica

    def __exit__(self, *_: object) -> None:
        self._outstanding[self._replica.url] -= 1
        if not self._outstanding[self._replica.url]:
            del self._outstanding[self._replica.url]


class Balancer:
    """Counts what is outstanding at each replica and leaves alone those that do not accept connections."""

    def __init__(
        self,
        eject_after: int = 3,
        eject_time: float = 5.0,
        draw: Draw = two,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outstanding: Counter[str] = Counter()
        self._failures: dict[str, Failures] = {}
        self._eject_after = eject_after
        self._eject_time = eject_time
        self._draw = draw
        self._clock = clock

    def pick(self, replicas: Sequence[Replica]) -> "Turn":
        """Choose a replica and count it as busy within the block."""
        return Turn(self._outstanding, self._least_busy(self._sound(replicas)))

    def _least_busy(self, replicas: Sequence[Replica]) -> Replica:
        if len(replicas) == 1:
            return replicas[0]
        return min(self._draw(replicas), key=self.outstanding)

    def _sound(self, replicas: Sequence[Replica]) -> Sequence[Replica]:
        """Leave out ejected replicas, unless that would leave none."""
        if not self._failures:
            return replicas
        return [replica for replica in replicas if not self.is_ejected(replica)] or replicas

    def outstanding(self, replica: Replica) -> int:
        return self._outstanding[replica.url]

    def is_ejected(self, replica: Replica) -> bool:
        failures = self._recent().get(replica.url)
        return failures is not None and failures.count >= self._eject_after

    def failed(self, replica: Replica) -> None:
        """Note a failed connection. The count is forgotten `eject_time` after the last one."""
        recent = self._recent()
        before = recent[replica.url].count if replica.url in recent else 0
        self._failures = {**recent, replica.url: Failures(before + 1, self._clock())}

    def succeeded(self, replica: Replica) -> None:
        self._failures.pop(replica.url, None)

    def _recent(self) -> dict[str, Failures]:
        since = self._clock() - self._eject_time
        return {url: failures for url, failures in self._failures.items() if failures.last > since}
