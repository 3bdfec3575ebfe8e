"""An estimator of scikit-learn: loaded safely, asked by columns."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tenfold_api.spec import Security
from tenfold_api.tasks import Task
from tenfold_runtime.errors import CannotLoad
from tenfold_runtime.tabular.columns import Column, Columns, Values

# They hold numbers, and nothing runs when they are loaded.
_HARMLESS = {
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
}


class Estimator:
    """A fitted estimator, and the columns that it was fitted to."""

    def __init__(self, estimator: Any, described: dict[str, Any]) -> None:
        """described: what config.json says of the model: `columns` and `example_input` are used."""
        self._estimator = estimator
        self._by_name = hasattr(estimator, "feature_names_in_") or not hasattr(estimator, "n_features_in_")
        self.columns = _columns(estimator, described)

    def predict(self, values: Values) -> Any:
        """Give an answer for each row, shape (rows,) or (rows, outputs); raises ValueError."""
        import numpy as np
        import pandas as pd

        frame = pd.DataFrame(values)
        asked = frame if self._by_name else frame.to_numpy()
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self._estimator.predict(asked)


def load(file: Path, task: Task, security: Security, described: dict[str, Any]) -> Estimator:
    """Load an estimator; raises CannotLoad where it is unsafe, damaged, or made for another task."""
    try:
        estimator = _skops(file, security) if file.suffix == ".skops" else _pickled(file)
    except CannotLoad:
        raise
    except Exception as error:  # loading runs what the file says, within skops' bounds or without
        raise CannotLoad(422, "InvalidModel", f"{file.name} cannot be loaded: {error}") from error
    _check_task(estimator, task)
    return Estimator(estimator, described)


def _skops(file: Path, security: Security) -> Any:
    import skops.io

    listed = skops.io.get_untrusted_types(file=file)
    unknown = set(listed) - _HARMLESS
    if unknown and not security.allow_pickle:
        raise CannotLoad(
            403,
            "TypesRefused",
            f"{file.name} holds types that skops does not know to be safe: {', '.join(sorted(unknown))}; "
            "convert the model to ONNX, or set spec.security.allowPickle to load them all the same",
        )
    return skops.io.load(file, trusted=listed)


def _pickled(file: Path) -> Any:
    import joblib

    return joblib.load(file)


def _check_task(estimator: Any, task: Task) -> None:
    from sklearn.base import is_classifier, is_regressor

    if not hasattr(estimator, "predict"):
        name = type(estimator).__name__
        raise CannotLoad(422, "InvalidModel", f"the model predicts nothing: it is a {name}")
    for other, holds in (
        (Task.TABULAR_REGRESSION, is_regressor),
        (Task.TABULAR_CLASSIFICATION, is_classifier),
    ):
        if task is not other and holds(estimator):
            raise CannotLoad(422, "TaskUnsupported", f"the model is made for {other}, not for {task}")


def _columns(estimator: Any, described: dict[str, Any]) -> Columns:
    fitted = getattr(estimator, "feature_names_in_", None)
    names = list(described.get("columns") or []) if fitted is None else [str(name) for name in fitted]
    count = len(names) or getattr(estimator, "n_features_in_", 0)
    if not count:
        raise CannotLoad(
            422,
            "InvalidModel",
            "the model does not tell its columns; name them in config.json: sklearn.columns",
        )
    named = bool(names)
    names = names or [str(index) for index in range(count)]
    return Columns(tuple(_column(name, estimator, described, names) for name in names), named)


def _column(name: str, estimator: Any, described: dict[str, Any], names: list[str]) -> Column:
    from sklearn.utils import get_tags

    touching = [(part, place) for named, part, place in _touched(estimator, names) if named == name]
    learned = next(filter(None, (_learned_text(part, place) for part, place in touching)), None)
    shown = (described.get("example_input") or {}).get(name)
    example = shown[0] if shown else learned or 0.0
    is_text = learned is not None or (isinstance(example, str) and not _is_number(example))
    may_miss = all(hasattr(part, "fit") and get_tags(part).input_tags.allow_nan for part, _ in touching)
    return Column(name, is_text, may_miss and bool(touching), example)


def _touched(fitted: Any, names: Sequence[Any]) -> Iterator[tuple[Any, Any, int]]:
    """Give each column with what first transforms it, and its place there. names: of `fitted`'s columns."""
    if steps := getattr(fitted, "steps", None):
        yield from _touched(steps[0][1], names)
    elif (parts := getattr(fitted, "transformers_", None)) is not None:
        for _, part, columns in parts:
            yield from _touched(part, _selected(columns, names))
    else:
        yield from ((name, fitted, place) for place, name in enumerate(names))


def _learned_text(encoder: Any, place: int) -> str | None:
    """Give one of the texts that an encoder learned in a column; None where it learned none."""
    learned = getattr(encoder, "categories_", ())[place:]
    return next((str(text) for text in learned[0] if isinstance(text, str)), None) if learned else None


def _selected(columns: Any, names: Sequence[Any]) -> list[Any]:
    """Give the names of a ColumnTransformer's columns: written as names, places, a slice or a mask."""
    import numpy as np

    if isinstance(columns, slice):
        return list(names[columns])
    listed = np.atleast_1d(columns)
    return list(listed if listed.dtype.kind in "OUT" else np.array(names, dtype=object)[listed])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
