"""The dashboards ask for what the gateway and the runtime really tell."""

import json
import re
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

import scripts
from tenfold_gateway.metrics import Metrics as GatewayMetrics
from tenfold_runtime.metrics import Metrics as RuntimeMetrics

dashboards = scripts.load("dashboards")
KINDS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}


@pytest.fixture(scope="module")
def series():
    """Every series that can be asked for."""
    runtime = CollectorRegistry()
    RuntimeMetrics(runtime, SimpleNamespace(predictor=None))
    return {
        metric.name + ending
        for registry in (GatewayMetrics().registry, runtime)
        for metric in registry.collect()
        for ending in KINDS[metric.type]
    }


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_the_committed_file_is_what_make_generate_writes(name):
    assert (dashboards.FOLDER / name).read_text(encoding="utf-8") == dashboards.files()[name]


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_every_query_names_series_that_exist(name, series):
    asked = set(re.findall(r"tenfold_[a-z_]+", dashboards.files()[name]))
    assert asked
    assert asked <= series


def test_every_series_is_on_a_dashboard(series):
    asked = set(re.findall(r"tenfold_[a-z_]+", "".join(dashboards.files().values())))
    counted = {each for each in series if not each.endswith(("_bucket", "_count", "_sum"))}
    assert counted <= asked


@pytest.mark.parametrize("dashboard", dashboards.DASHBOARDS.values())
def test_panels_do_not_overlap(dashboard):
    taken = [
        (x, y)
        for panel in dashboards.grafana(dashboard)["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < dashboards.COLUMNS


def test_the_config_maps_hold_the_dashboards_whole(rendered):
    maps = [each for each in rendered["observed"] if each["kind"] == "ConfigMap"]
    titles = {json.loads(text)["title"] for each in maps for text in each["data"].values()}
    assert titles == {"Tenfold / Models", "Tenfold / Model"}
    assert all(each["metadata"]["labels"]["grafana_dashboard"] == "1" for each in maps)


def test_the_pod_monitor_gives_the_label_that_the_dashboard_chooses_by(rendered):
    monitors = (each for each in rendered["observed"] if each["kind"] == "PodMonitor")
    (monitor,) = (each for each in monitors if each["metadata"]["name"].endswith("-runtime"))
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    assert endpoint["relabelings"][0]["targetLabel"] in dashboards.MODEL.variables["name"]
