"""Which replica answers: of two drawn at random, the one with fewer requests outstanding."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


class Balancer:
    """Counts what is outstanding at each replica and leaves alone those that do not accept connections."""

    def __init__(
        self,
        eject_after: int = 3,
        eject_time: float = 5.0,
        draw: Draw = two,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outstanding: dict[str, int] = {}
        self._failures: dict[str, Failures] = {}
        self._eject_after = eject_after
        self._eject_time = eject_time
        self._draw = draw
        self._clock = clock

    @contextmanager
    def pick(self, replicas: Sequence[Replica]) -> Iterator[Replica]:
        """Choose a replica and count it as busy within the block."""
        replica = self.take(replicas)
        try:
            yield replica
        finally:
            self.give_back(replica)

    def take(self, replicas: Sequence[Replica]) -> Replica:
        """Choose a replica and count it as busy until it is given back."""
        replica = self._least_busy(self._sound(replicas))
        self._outstanding[replica.url] = self._outstanding.get(replica.url, 0) + 1
        return replica

    def give_back(self, replica: Replica) -> None:
        left = self._outstanding[replica.url] - 1
        if left:
            self._outstanding[replica.url] = left
        else:
            del self._outstanding[replica.url]

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
        return self._outstanding.get(replica.url, 0)

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
