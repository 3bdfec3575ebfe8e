"""Which of a model's files hold its weights, and whether those are safe to load. Told by their names."""

from collections.abc import Iterable

from tenfold_api.library import PICKLES, Library, library, matching
from tenfold_api.progress import Failure

# Formats that hold weights and no code.
SAFE = ("*.safetensors", "*.skops", "*.onnx")


def weights(names: Iterable[str]) -> list[str]:
    """Give the files with safe weights that are read."""
    found = tuple(names)
    at_root = library(found) is Library.TRANSFORMERS
    return [name for name in matching(found, SAFE) if not (at_root and "/" in name)]


def refusal(names: Iterable[str], *, allow_pickle: bool) -> Failure | None:
    """Say why the weights are not loaded; None where they may be."""
    found = tuple(names)
    if _are_safe(found):
        return None
    pickles = matching(found, PICKLES)
    if not pickles:
        message = f"the model has no weights: expected {' or '.join(SAFE)}"
        return Failure(status=422, reason="InvalidModel", message=message)
    return None if allow_pickle else _pickled(pickles)


def _pickled(pickles: list[str]) -> Failure:
    message = (
        f"weights must be {' or '.join(SAFE)}, found only {', '.join(pickles)}, which can run code when "
        "loaded; convert them, or set spec.security.allowPickle"
    )
    return Failure(status=403, reason="PickleRefused", message=message)


def _are_safe(names: tuple[str, ...]) -> bool:
    return bool(matching(names, SAFE if library(names) is Library.SKLEARN else SAFE[:1]))
