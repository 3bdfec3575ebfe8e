"""Models of tables small enough to make within a test, and a table to show them."""

import json
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skl2onnx
import skops.io
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

COLOURS = ["red", "white", "rose"]


def flowers(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    """A table of numbers."""
    values = np.random.default_rng(seed).uniform(0, 7, (rows, 3))
    return pd.DataFrame(values, columns=["sepal", "petal", "stem"])


def wines(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    """A table of numbers and texts."""
    chance = np.random.default_rng(seed)
    colours = chance.choice(COLOURS, rows)
    return pd.DataFrame(
        {"sugar": chance.uniform(0, 9, rows), "colour": colours, "age": chance.integers(1, 9, rows)}
    )


def classifier() -> tuple[Any, pd.DataFrame]:
    """Tells flowers apart, as 0, 1 or 2."""
    table = flowers()
    labels = (table["sepal"] + table["petal"] > 7).astype(int) + (table["stem"] > 5)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(table, labels), table


def taster() -> tuple[Any, pd.DataFrame]:
    """Calls wines `good` or `bad`, by numbers and a colour."""
    table = wines()
    encoded = ColumnTransformer(
        [("colour", OneHotEncoder(), ["colour"]), ("numbers", StandardScaler(), ["sugar", "age"])]
    )
    labels = np.where(table["sugar"] + 3 * (table["colour"] == "red") > 6, "good", "bad")
    return make_pipeline(encoded, LogisticRegression()).fit(table, labels), table


def regressor() -> tuple[Any, pd.DataFrame]:
    """Guesses a height. It never learned its columns' names."""
    table = flowers()
    return LinearRegression().fit(table.to_numpy(), table.to_numpy() @ [1.0, 2.0, 0.5]), table


def forest() -> tuple[Any, pd.DataFrame]:
    """Guesses a height with trees, which skops does not take for safe."""
    table = flowers()
    height = table.to_numpy() @ [1.0, 2.0, 0.5]
    return RandomForestRegressor(5, max_depth=4, random_state=0).fit(table.to_numpy(), height), table


def imputer() -> tuple[Any, pd.DataFrame]:
    """Guesses a height where numbers are missing too."""
    table = flowers()
    table.iloc[3, 1] = np.nan
    return make_pipeline(SimpleImputer(), LinearRegression()).fit(table, table["sepal"] * 2), table


def describe(folder: Path, **described: Any) -> None:
    """Write config.json as the Hub's repositories of scikit-learn have it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"sklearn": described}))


def save(folder: Path, estimator: Any, task: str | None = None) -> Path:
    """Write an estimator as skops does."""
    folder.mkdir(parents=True, exist_ok=True)
    skops.io.dump(estimator, folder / "model.skops")
    if task:
        describe(folder, task=task, model={"file": "model.skops"})
    return folder


def save_pickle(folder: Path, estimator: Any, name: str = "model.joblib") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(estimator, folder / name)
    return folder


def save_onnx(folder: Path, estimator: Any, columns: list[str], task: str) -> Path:
    """Write the graph of an estimator of numbers: one input for all columns."""
    inputs = [("X", FloatTensorType([None, len(columns)]))]
    return _graph(folder, estimator, inputs, task=task, columns=columns)


def save_onnx_by_column(folder: Path, estimator: Any, table: pd.DataFrame, task: str) -> Path:
    """Write the graph of an estimator: an input for each column."""
    inputs = [
        (name, (StringTensorType if table[name].dtype.kind in "OU" else FloatTensorType)([None, 1]))
        for name in table.columns
    ]
    return _graph(folder, estimator, inputs, task=task)


def _graph(folder: Path, estimator: Any, inputs: list[Any], **described: Any) -> Path:
    describe(folder, **described)
    graph = skl2onnx.to_onnx(estimator, initial_types=inputs, target_opset=17)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    return folder


def as_json(table: pd.DataFrame) -> dict[str, list[Any]]:
    """The table as a body has it."""
    return {str(name): values.tolist() for name, values in table.items()}
