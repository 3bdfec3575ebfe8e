"""The model as kubectl shows and handles it, on a real API server."""

from pathlib import Path

import pytest

from tenfold_api import names
from tenfold_api.progress import RuntimeStatus, State
from tenfold_operator.reports import Report

EXAMPLES = Path(__file__).parents[3] / "manifests" / "examples"
LEARNT = {"task": "feature-extraction", "revision": "c0ffee", "compute_type": "cpu+optimized"}


@pytest.fixture
async def served(operator, real, make, runtimes):
    """A cluster with a model that one pod serves."""
    runtimes.reports["pod-1"] = Report(
        RuntimeStatus(state=State.READY, load_seconds=1.0, **LEARNT), drift=0.001, speedup=5.1
    )
    await real.apply(make.model())
    await real.apply(make.ready_pod())
    await real.until(lambda: real.condition("minilm", "Available") == ("True", "Serving"))
    return real


@pytest.fixture
async def documented(real):
    """A cluster that has published the schema, which takes it a second after it serves the resource."""
    await real.until(lambda: f"apis/{names.API_VERSION}" in real.ask("GET", "/openapi/v3")["paths"])
    return real


def table(text):
    """Give the columns of kubectl's one row."""
    header, row = text.strip().splitlines()
    starts = [header.index(title) for title in header.split()]
    ends = [*starts[1:], None]
    return {header[a:b].strip(): row[a:b].strip() for a, b in zip(starts, ends, strict=True)}


async def test_kubectl_get_shows_what_a_person_asks_first(served):
    shown = table(served.kubectl("get", "im", "--namespace=models"))
    shown.pop("AGE")
    assert shown == {
        "NAME": "minilm",
        "MODEL": "sentence-transformers/all-MiniLM-L6-v2",
        "TASK": "feature-extraction",
        "PHASE": "Ready",
        "READY": "1/1",
        "COMPUTE": "cpu+optimized",
        "SPEEDUP": "5.1x",
    }


async def test_the_wide_form_shows_where_and_what_exactly(served):
    shown = table(served.kubectl("get", "tenfold", "--namespace=models", "--output=wide"))
    assert shown["URL"] == "http://tenfold-gateway/models/sentence-transformers/all-MiniLM-L6-v2"
    assert (shown["REVISION"], shown["DRIFT"]) == ("c0ffee", "0.0010")


async def test_kubectl_waits_for_the_model(served):
    waited = served.kubectl(
        "wait", "--for=condition=Available", "im", "--all", "--namespace=models", "--timeout=20s"
    )
    assert waited == "inferencemodel.tenfold.dev/minilm condition met\n"


async def test_kubectl_scales_the_model(served):
    served.kubectl("scale", "im/minilm", "--namespace=models", "--replicas=3")
    await served.until(lambda: served.get("Deployment", "tenfold-minilm")["spec"]["replicas"] == 3)


async def test_describe_tells_the_story(served):
    await served.until(lambda: ("Normal", "Serving") in served.events())
    described = served.kubectl("describe", "im/minilm", "--namespace=models")
    assert "requests are answered" in described
    assert "Events:" in described
    assert "Serving" in described.rpartition("Events:")[2]


async def test_explain_reads_like_documentation(documented):
    explained = " ".join(documented.kubectl("explain", "inferencemodel.spec.autoscaling").split())
    assert "When replicas come and go: how few and how many there may be" in explained
    assert "minReplicas <integer> Fewest replicas, 1 by default. With 0 the model sleeps after" in explained
    assert "metric <string> enum: concurrency, cpu `concurrency`, the default: requests in" in explained


@pytest.mark.parametrize("file", sorted(EXAMPLES.rglob("*.yaml")), ids=lambda file: file.stem)
async def test_every_example_is_taken(documented, file):
    taken = documented.kubectl("apply", f"--filename={file}", "--namespace=models", "--validate=strict")
    assert taken.startswith(f"{names.SINGULAR}.{names.GROUP}/")
    assert taken.endswith(" created\n")


async def test_the_folder_of_examples_is_taken_wholly(documented):
    taken = documented.kubectl("apply", f"--filename={EXAMPLES}", "--namespace=models", "--validate=strict")
    assert taken.count(" created\n") == len(list(EXAMPLES.glob("*.yaml")))
    again = documented.kubectl("apply", f"--filename={EXAMPLES}", "--namespace=models")
    assert again.count(" unchanged\n") == taken.count(" created\n")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{source: {path: x, uri: s3://a/b}, modelId: a}", "must have exactly one of hub, path, pvc and uri"),
        ("{source: {hub: {repo: a/b}}, engine: custom}", "engine custom needs an image"),
        ("{source: {hub: {repo: a/b}}, replica: 2}", 'unknown field "spec.replica"'),
    ],
)
async def test_kubectl_says_what_is_wrong(documented, tmp_path, spec, words):
    file = tmp_path / "wrong.yaml"
    head = f"apiVersion: {names.API_VERSION}\nkind: {names.KIND}\nmetadata: {{name: wrong}}\n"
    file.write_text(f"{head}spec: {spec}\n")
    with pytest.raises(AssertionError) as refused:
        documented.kubectl("apply", f"--filename={file}", "--namespace=models")
    assert words in str(refused.value)
    assert not documented.get(names.KIND, "wrong")
