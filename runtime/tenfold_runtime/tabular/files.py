"""Which file of a folder is the model of tables."""

from pathlib import Path

from tenfold_api.library import matching
from tenfold_api.spec import Engine
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.folder import ModelFolder

GRAPHS = ("*.onnx",)
_ESTIMATORS = ("*.skops",)
_PICKLES = ("*.joblib", "*.pkl", "*.pickle")


def model_file(folder: ModelFolder, engine: Engine, *, allow_pickle: bool) -> Path:
    """Give the model's file: the one that config.json names, else the only one of the best form.

    Raises CannotLoad where there is none that the engine runs, or more than one.
    """
    forms = _forms(engine, allow_pickle=allow_pickle)
    at_root = [name for name in folder.names if "/" not in name]
    named = str((folder.tabular.get("model") or {}).get("file"))
    if named in matching(at_root, [pattern for form in forms for pattern in form]):
        return folder.path / named
    found = next(filter(None, (matching(at_root, form) for form in forms)), [])
    if len(found) != 1:
        raise _undecided(found, forms)
    return folder.path / found[0]


def _forms(engine: Engine, *, allow_pickle: bool) -> list[tuple[str, ...]]:
    """Give the forms that an engine runs, the best first."""
    if engine is Engine.ONNX:
        return [GRAPHS]
    own = [_ESTIMATORS, *([_PICKLES] if allow_pickle else [])]
    return own if engine is Engine.TRANSFORMERS else [GRAPHS, *own]


def _undecided(found: list[str], forms: list[tuple[str, ...]]) -> CannotLoad:
    if found:
        message = f"which one is the model, of {', '.join(found)}? Name it in config.json: sklearn.model.file"
    else:
        wanted = " or ".join(pattern for form in forms for pattern in form)
        message = f"there is no model of tables that this engine runs: expected {wanted}"
    return CannotLoad(422, "InvalidModel", message)
