"""How long earlier loads took: what the estimate for the next one is made of."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import TypeAdapter, ValidationError

from tenfold_api.base import Part
from tenfold_api.progress import LoadPhase, RuntimeStatus

log = logging.getLogger(__name__)

MOST_MODELS = 1000


class Load(Part):
    """One load, from an empty process to the first answer."""

    cached: bool
    """Whether a ready artifact was found."""
    seconds: dict[LoadPhase, float]
    """What each step took. Steps that the artifact spared are absent."""
    weight_bytes: int | None = None
    """Size of the weights."""


_JSON = TypeAdapter(dict[str, tuple[Load, ...]])


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """The newest loads of each model, one with and one without a ready artifact."""

    loads: Mapping[str, tuple[Load, ...]] = field(default_factory=dict)
    """By model id, the model that loaded last at the end; of each model the newest load last."""

    def __iter__(self) -> Iterator[Load]:
        return (load for loads in self.loads.values() for load in loads)

    def with_load(self, model_id: str, load: Load) -> "LoadHistory":
        """Add a load. The models whose last load is longest ago are forgotten beyond MOST_MODELS."""
        kept = tuple(old for old in self.of(model_id) if old.cached != load.cached)
        others = {name: loads for name, loads in self.loads.items() if name != model_id}
        newest = [*others.items(), (model_id, (*kept, load))][-MOST_MODELS:]
        return replace(self, loads=dict(newest))

    def of(self, model_id: str) -> tuple[Load, ...]:
        return self.loads.get(model_id, ())

    def to_json(self) -> bytes:
        return _JSON.dump_json(dict(self.loads), by_alias=True)

    @classmethod
    def from_json(cls, text: bytes) -> "LoadHistory":
        return cls(_JSON.validate_json(text))


def load_of(status: RuntimeStatus) -> Load:
    """Take from the account of a ready runtime what its load took."""
    return Load(cached=bool(status.cached), seconds=dict(status.finished), weight_bytes=status.weight_bytes)


def read(path: Path) -> LoadHistory:
    """Read a history. One that is missing or damaged is an empty one: it only makes estimates better."""
    try:
        return LoadHistory.from_json(path.read_bytes())
    except FileNotFoundError:
        return LoadHistory()
    except (OSError, ValidationError) as error:
        log.warning("Started with an empty load history: %s", error)
        return LoadHistory()


def write(path: Path, history: LoadHistory) -> None:
    """Replace the file at once, so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as aside:
        aside.write(history.to_json())
    Path(aside.name).replace(path)
