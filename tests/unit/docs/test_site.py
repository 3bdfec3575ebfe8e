"""The documentation: it builds, and what it says of the code is so."""

import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

import scripts
import told_reasons
from tenfold_gateway.metrics import Metrics as GatewayMetrics
from tenfold_operator.metrics import Metrics as OperatorMetrics
from tenfold_operator.reasons import Reason
from tenfold_runtime.metrics import Metrics as RuntimeMetrics

DOCS = scripts.ROOT / "docs"
ROW = re.compile(r"^\| `(tenfold_[a-z_]+)` \| (\w+) \| ([\w, ]*) ?\|", re.MULTILINE)


def test_the_site_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", tmp_path]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=scripts.ROOT, env=quiet, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_index_of_decisions_lists_every_page():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("decisions/0*.md") if f"({page.name})" not in index] == []


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_of_a_condition_has_its_entry(reason):
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    assert f"\n### {reason}\n" in page


@pytest.mark.parametrize(("reason", "status"), told_reasons.told().items())
def test_every_reason_of_a_runtime_has_its_entry(reason, status):
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    assert f"\n### {reason}\n\n{'' if reason in set(Reason) else f'{status}. '}" in page


def test_no_entry_is_of_a_reason_that_nobody_gives():
    page = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    entries = re.findall(r"^### (\w+)$", page, re.MULTILINE)
    assert set(entries) == set(Reason) | told_reasons.told().keys()
    assert len(entries) == len(set(entries))


def test_the_page_of_metrics_lists_what_is_told(told):
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert {(name, kind, labels.strip()) for name, kind, labels in ROW.findall(page)} == told


def test_the_page_of_the_operator_lists_its_metrics():
    page = (DOCS / "operator.md").read_text(encoding="utf-8")
    names = {metric.name for metric in OperatorMetrics().registry.collect()}
    assert {name for name in names if "_process_" not in name and f"| `{name}` |" not in page} == set()


@pytest.fixture
def told():
    """The series of the gateway and the runtime with kind and labels, as the page writes them."""
    gateway, registry = GatewayMetrics(), CollectorRegistry()
    RuntimeMetrics(registry, SimpleNamespace(predictor=None))
    gateway.of("acme/model").answered(200, 0.1)
    return {row(metric) for each in (gateway.registry, registry) for metric in each.collect()}


def row(metric):
    ending = "_total" if metric.type == "counter" else ""
    labels = [name for name in metric.samples[0].labels if name != "le"]
    return metric.name + ending, metric.type, ", ".join(labels)
