"""A tiny model, and a hub that has it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import tiny_models
from hub_fixture import Hub, serving
from tenfold_runtime import operators


@pytest.fixture(scope="session")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny text classifier."""
    return tiny_models.make(tmp_path_factory.mktemp("models") / "classifier", "BertForSequenceClassification")


@pytest.fixture
def hub(classifier: Path, tmp_path: Path) -> Iterator[Hub]:
    """A hub with `tests/classifier`."""
    root = tmp_path / "hub"
    (root / "tests").mkdir(parents=True)
    (root / "tests" / "classifier").symlink_to(classifier)
    with serving(Hub(root)) as hub:
        yield hub


@pytest.fixture(params=operators.TARGETS, ids=lambda target: target.name)
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> operators.Target:
    """Have the processor be one of a target, where it can do what those do."""
    if not (request.param.runs() and request.param.library.exists()):
        pytest.skip(f"needs a processor of {request.param.name}")
    monkeypatch.setattr(operators, "target", lambda: request.param)
    return request.param
