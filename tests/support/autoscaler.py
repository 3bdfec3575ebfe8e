"""Kubernetes' horizontal autoscaler as its documentation has it, for one Object metric per replica."""

import math
from typing import Any

TOLERANCE = 0.1
PERIOD = 15.0
"""Seconds between two decisions, by default."""


class Autoscaler:
    """Decides by the spec of a HorizontalPodAutoscaler. Times are in seconds."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._least, self._most = spec["minReplicas"], spec["maxReplicas"]
        self._target = float(spec["metrics"][0]["object"]["target"]["averageValue"])
        self._up, self._down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
        self._wanted: list[tuple[float, int]] = []
        self._changes: list[tuple[float, int]] = []

    def decide(self, now: float, total: float, replicas: int) -> int:
        """Give the replicas that follow from the metric's value for the whole model."""
        self._wanted.append((now, self._desired(total, replicas)))
        steady = self._stabilized(now, replicas)
        allowed = min(max(steady, self._lowest(now, replicas)), self._highest(now, replicas))
        decided = min(max(allowed, self._least), self._most)
        self._changes.append((now, decided - replicas))
        return decided

    def _desired(self, total: float, replicas: int) -> int:
        is_close = abs(total / (self._target * replicas) - 1) <= TOLERANCE
        return replicas if is_close else math.ceil(total / self._target)

    def _stabilized(self, now: float, replicas: int) -> int:
        """Go up to the least, down to the most that was wanted within each direction's window."""
        least = min(self._wanted_since(now - self._up["stabilizationWindowSeconds"]))
        most = max(self._wanted_since(now - self._down["stabilizationWindowSeconds"]))
        return min(max(replicas, least), most)

    def _wanted_since(self, since: float) -> list[int]:
        return [wanted for at, wanted in self._wanted if at >= since]

    def _highest(self, now: float, replicas: int) -> int:
        limits = []
        for policy in self._up["policies"]:
            start = replicas - sum(change for change in self._within(now, policy) if change > 0)
            by_share = math.ceil(start * (1 + policy["value"] / 100))
            limits.append(by_share if policy["type"] == "Percent" else start + policy["value"])
        return int(max(limits))

    def _lowest(self, now: float, replicas: int) -> int:
        limits = []
        for policy in self._down["policies"]:
            start = replicas - sum(change for change in self._within(now, policy) if change < 0)
            by_share = int(start * (1 - policy["value"] / 100))
            limits.append(by_share if policy["type"] == "Percent" else start - policy["value"])
        return int(min(limits))

    def _within(self, now: float, policy: dict[str, Any]) -> list[int]:
        """Give the changes within the policy's period."""
        return [change for at, change in self._changes if at > now - policy["periodSeconds"]]
