"""What a runtime says while it makes an artifact of a model, and what came of it."""

from enum import StrEnum

from tenfold_api.base import Part
from tenfold_api.progress import Failure, LoadPhase
from tenfold_api.spec import Engine, Quantization


class Products(StrEnum):
    """How int8 weights are multiplied, all of a channel having one scale."""

    PER_TOKEN = "per token"  # noqa: S105 - no password
    """Activations have 7 bits, and a scale for each token."""
    BOUNDED = "bounded"
    """Each two weights whose products are added in 16 bits are small enough for that."""
    PLAIN = "plain"


class Candidate(Part):
    """One form of the graph, measured against the exact one on this machine."""

    form: Quantization
    smoothing: float | None = None
    """How much of the activations' outliers was moved into the weights, 0 to 1; None for no smoothing."""
    block: int | None = None
    """How many weights share a scale; None where all of a channel do."""
    products: Products = Products.PLAIN
    """How its int8 weights are multiplied."""
    drift: float
    """Largest difference of its answers to the calibration inputs, 0 to 1."""
    speedup: float
    """Its speed as a multiple of the exact form's."""
    bytes: int
    accepted: bool
    serves: bool = False
    """Whether it is the form that the artifact holds."""

    @property
    def name(self) -> str:
        """What tells it from other candidates, as `int8, smoothing 0.6`."""
        told = {"blocks of": self.block, "smoothing": self.smoothing}
        parts = [f"{word} {value:g}" for word, value in told.items() if value is not None]
        special = [] if self.products is Products.PLAIN else [self.products.value]
        return ", ".join([self.form.value, *parts, *special])

    def chosen(self) -> "Candidate":
        return self.model_copy(update={"serves": True})


class Outcome(Part):
    """The artifact that was found or made."""

    folder: str
    """Where it is kept."""
    engine: Engine
    """What runs it."""
    fallback: str | None = None
    """Why it does not run on ONNX Runtime, where it does not."""
    form: Quantization
    """The form of the weights that serve."""
    candidates: tuple[Candidate, ...] = ()
    """Every form that was tried."""


class Progress(Part):
    """A line of the standard output of `python -m tenfold_runtime.prepare`; one of its fields is set."""

    phase: LoadPhase | None = None
    """The step that begins."""
    planned: int | None = None
    """How many forms will be tried."""
    tried: Candidate | None = None
    """A form that was measured."""
    outcome: Outcome | None = None
    failure: Failure | None = None
