"""What the owner of a gateway may choose."""

from dataclasses import dataclass
from enum import StrEnum


class ColdStart(StrEnum):
    """Who waits for a model that is not ready, instead of getting 503 at once."""

    AUTO = "auto"
    """Callers that ask for it, and client libraries that cannot cope with a 503."""
    NEVER = "never"
    """Only callers that ask for it."""
    ALWAYS = "always"
    """Everyone."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits are for the whole gateway; those of one model are in its `spec.limits`. Times are in seconds."""

    cold_start: ColdStart = ColdStart.AUTO
    hold_timeout: float = 60.0
    """Longest time that a request waits for its model."""
    max_held: int = 256
    """Most requests that wait at once; one more gets 503 at once."""
    max_held_bytes: int = 64 * 2**20
    """Most bytes that the bodies of waiting requests may have together."""
    comeback: float = 1.0
    """A caller whose wait ran out and who is back within this time waits again."""
    wake_again: float = 5.0
    """Time after which a model that is still not ready is woken once more."""
    body_timeout: float = 60.0
    """Longest time that a request's body may take to arrive; then 408."""
    connect_timeout: float = 2.0
    """Longest time until a replica accepts a connection."""
    idle_timeout: float = 60.0
    """Longest pause within an answer, from the replica or in the caller's reading."""
    retry_pause: float = 0.5
    """How long a request whose only replica was lost waits for word of another."""
    cache_bytes: int = 64 * 2**20
    """Most bytes of answers that are kept for those who send the same request again; 0 keeps none."""
    cache_seconds: float = 3600.0
    """Longest time that an answer is kept."""
    eject_after: int = 3
    """Failed connections in a row after which a replica is left alone."""
    eject_time: float = 5.0
    """How long it is left alone."""
