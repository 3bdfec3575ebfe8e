"""Tenfold in whatever cluster KUBECONFIG names, if that is one for tests: see `make e2e`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import e2e_kubectl as cluster
import e2e_world as world
import tiny_models
from e2e_load import Callers
from e2e_world import Model


def pytest_sessionstart() -> None:
    """End at once where the cluster is not for tests."""
    why = cluster.refusal(cluster.context(), dict(os.environ))
    if why is not None:
        pytest.exit(why, returncode=2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a story take its time: each of its waits has a limit of its own."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1800))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Add to a failure what one would ask the cluster for."""
    report = (yield).get_result()
    if report.failed:
        report.sections.append(("the cluster", cluster.told(world.NAMESPACE, world.SYSTEM)))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The chart, with a hub that has one tiny model."""
    model = tiny_models.make(tmp_path_factory.mktemp("models") / "sentiment", "BertForSequenceClassification")
    world.install()
    world.make_namespace()
    world.start_hub(Path(model))


@pytest.fixture
def url(installed: None) -> Iterator[str]:
    """Where the gateway answers: TENFOLD_E2E_URL, or a forwarded port."""
    if known := os.environ.get("TENFOLD_E2E_URL"):
        yield known.rstrip("/")
        return
    port = cluster.get("service/tenfold-gateway", world.SYSTEM)["spec"]["ports"][0]["port"]
    with cluster.forwarded("service/tenfold-gateway", port, world.SYSTEM) as forwarded:
        yield forwarded


@pytest.fixture
def model(installed: None) -> Iterator[Any]:
    """Makes models, applied and gone again after the test: `model(name, **spec)`."""
    made = []

    def make(name: str, model_id: str | None = None, **spec: Any) -> Model:
        made.append(Model(name, model_id, **spec))
        made[-1].apply()
        return made[-1]

    yield make
    for each in made:
        each.delete()
        cluster.wait("deployment,pod", "delete", world.NAMESPACE, each.selector)


@pytest.fixture
def callers(url: str) -> Any:
    """Makes callers of a model, whose requests have as many texts."""
    return lambda model, texts=1: Callers(url, model.id, texts)


@pytest.fixture
def tell(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Any:
    """Prints a figure, whether the test passes or not."""

    def tell(what: object) -> None:
        with capsys.disabled():
            print(f"\n{request.node.name}: {what}")

    return tell
