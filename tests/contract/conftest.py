"""Each architecture once: its files, and the runtime's answers to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import transformers

import tiny_models
from served import Served, serve


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give the folder of a tiny model by the name of its architecture."""
    root, made = tmp_path_factory.mktemp("models"), {}

    def folder(architecture: str, **options: list[str]) -> Path:
        name = architecture + "-".join(label for labels in options.values() for label in labels)
        if name not in made:
            made[name] = tiny_models.make(root / name, architecture, **options)
        return made[name]

    return folder


@pytest.fixture(scope="session")
def served(model: Callable[..., Path], cache: Path) -> Callable[..., Served]:
    """Give the runtime's answers for a tiny model; each is loaded once."""
    loaded: dict[tuple[Path, str | None], Served] = {}

    def by(architecture: str, task: str | None = None, **options: list[str]) -> Served:
        key = model(architecture, **options), task
        if key not in loaded:
            loaded[key] = serve(key[0], cache, **({"task": task} if task else {}))
        return loaded[key]

    return by


@pytest.fixture(scope="session")
def pipeline(model: Callable[..., Path]) -> Callable[..., transformers.Pipeline]:
    """Give transformers' own pipeline on the same weights."""

    def by(task: str, architecture: str, **options: list[str]) -> transformers.Pipeline:
        return transformers.pipeline(task, str(model(architecture, **options)), device="cpu")

    return by
