"""When a runtime that died is started again, and when it no longer is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Times are in seconds."""

    first_delay: float = 0.5
    """Pause after the first death; it doubles with every further one."""
    longest_delay: float = 30.0
    steady_after: float = 60.0
    """A runtime that was ready this long starts with a clean slate."""
    most_attempts: int = 5
    """Deaths in a row, without ever having been ready, after which the model is given up."""


@dataclass(frozen=True, slots=True)
class Streak:
    """The deaths of one model's runtimes, each soon after the other."""

    deaths: int = 0
    """Since the last one that was steady."""
    unready: int = 0
    """Since the last one that was ready at all."""

    def with_death(self, ready_seconds: float | None, policy: RestartPolicy) -> "Streak":
        if ready_seconds is None:
            return Streak(self.deaths + 1, self.unready + 1)
        return Streak(1 if ready_seconds >= policy.steady_after else self.deaths + 1)

    def is_hopeless(self, policy: RestartPolicy) -> bool:
        return self.unready >= policy.most_attempts

    def delay(self, policy: RestartPolicy) -> float:
        doubled: float = policy.first_delay * 2 ** min(self.deaths - 1, 30)
        return min(doubled, policy.longest_delay)
