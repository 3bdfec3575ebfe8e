"""Replicas over time under load: they follow what lasts, and sit still through what does not.

The loads are requests in flight, a number a second, that arrive at random and take half a second each.
"""

import itertools
import random

import pytest

from autoscaler import PERIOD, Autoscaler
from tenfold_operator.resources.autoscaler import autoscalers
from tenfold_operator.settings import Scaling

TARGET = 4
SPEC = {"maxReplicas": 12, "target": TARGET}
EVERY = Scaling().sample_seconds
MINUTE = 60


def load(*rates):
    """Give the requests in flight of each second, for rates of requests a second, a second each."""
    dice = random.Random(7)  # noqa: S311 - no secret
    flying, ends, now = [], [], 0.0
    for second, rate in enumerate(rates):
        while rate and now < second + 1:
            ends.append(now + 0.5)
            now += dice.expovariate(rate)
        now = max(now, second + 1.0)
        ends = [end for end in ends if end > second]
        flying.append(sum(end - 0.5 <= second for end in ends))
    return flying


@pytest.fixture
def drive(fleet, make):
    """Drives a load through two gateways, the operator's samples and the autoscaler: replicas by second."""

    async def run(flying_by_second, replicas=1):
        (manifest,) = autoscalers(make.model(autoscaling=SPEC), Scaling())
        scaler, seen = Autoscaler(manifest["spec"]), []
        for second, flying in enumerate(flying_by_second):
            if second % EVERY == 0:
                await fleet.tell(EVERY, a=flying // 2, b=flying - flying // 2)
            if second % PERIOD == PERIOD - 1:
                replicas = scaler.decide(second, fleet.loads.concurrency("minilm"), replicas)
            seen.append(replicas)
        return seen

    return run


async def test_a_steady_load_moves_no_replica_once_they_are_enough(drive):
    seen = await drive(load(*[40] * 30 * MINUTE))
    assert history(seen) == "1 × 14 s, 5 × 45 s, 6 × 1741 s"


async def test_a_sawtooth_moves_no_replica_once_they_are_enough(drive):
    tooth = [60] * 30 + [20] * 30
    seen = await drive(load(*tooth * 30))
    assert history(seen) == "1 × 14 s, 5 × 15 s, 8 × 1771 s"


async def test_a_burst_is_followed_within_half_a_minute(drive):
    seen = await drive(load(*[8] * 10 * MINUTE, *[64] * 5 * MINUTE))
    assert history(seen).startswith("1 × 14 s, 2 × 600 s, 6 × 15 s, 8 × ")


async def test_a_spike_of_three_seconds_moves_one_replica(drive):
    seen = await drive(load(*[12] * 10 * MINUTE, *[60] * 3, *[12] * 10 * MINUTE))
    assert history(seen) == "1 × 14 s, 2 × 600 s, 3 × 589 s"


async def test_replicas_go_five_minutes_after_the_load(drive):
    seen = await drive(load(*[64] * 10 * MINUTE, *[4] * 10 * MINUTE), replicas=8)
    assert (seen[15 * MINUTE - 30], seen[-1]) == (9, 1)


async def test_in_hours_of_rises_and_falls_replicas_turn_with_the_load_only(drive):
    hill = [*range(4, 80), *range(80, 4, -1)]
    seen = await drive(load(*(rate for rate in hill * 3 for _ in range(20))))
    assert turns(seen) == 5


def turns(seen):
    """Count how often replicas went from rising to falling or back."""
    moves = [after > before for before, after in itertools.pairwise(seen) if after != before]
    return sum(one != other for one, other in itertools.pairwise(moves))


def history(seen):
    """Give the replicas and the seconds for which they stayed, as `4 × 300 s`."""
    return ", ".join(f"{count} × {len(list(group))} s" for count, group in itertools.groupby(seen))
