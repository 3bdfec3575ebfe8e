"""What a hub says of one revision of a repository."""

from collections.abc import Mapping
from dataclasses import dataclass

from tenfold_api.tasks import Task
from tenfold_api.weights import weights


@dataclass(frozen=True)
class Facts:
    """One revision, as far as it decides whether the model can load."""

    commit: str
    sizes: Mapping[str, int]
    """Size of each file in bytes, by its path; 0 where the hub does not say it."""
    task: Task | None = None
    """What the hub says the model does."""
    architecture: str = ""
    """As transformers names it; empty where the hub does not say it."""

    @property
    def weight_bytes(self) -> int:
        return sum(self.sizes[name] for name in weights(self.sizes))
