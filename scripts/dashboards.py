"""Make the chart's Grafana dashboards: all models, and one model.

A panel is a title, a unit and queries. Everything else that Grafana wants to know is the same for all.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "charts" / "tenfold" / "files" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "${source}"}
COLUMNS = 24  # of Grafana's grid
HEIGHT = 8

ANSWERED = "tenfold_gateway_requests_total"
FAILED = ANSWERED + '{status=~"5.."}'
SECONDS = "tenfold_gateway_request_seconds"
RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Panel:
    """A graph, or one number where `stat` says so. Queries are PromQL by their legend."""

    title: str
    unit: str
    queries: dict[str, str]
    width: int = 12
    stat: bool = False


@dataclass(frozen=True)
class Dashboard:
    """Panels in reading order, and what the reader chooses: a PromQL query by the variable's name."""

    uid: str
    title: str
    panels: tuple[Panel, ...]
    variables: dict[str, str]


def quantile(share: float, series: str, selector: str = "", by: str = "") -> str:
    """Give the query of a quantile of a histogram."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({series}_bucket{selector}{RATE})))"


def quantiles(series: str, selector: str = "") -> dict[str, str]:
    return {f"p{share * 100:g}": quantile(share, series, selector) for share in (0.5, 0.95, 0.99)}


def share_of(part: str, whole: str) -> str:
    """Give the query of one rate as a share of another; 0 where nothing happens."""
    return f"(sum(rate({part}{RATE})) or vector(0)) / (sum(rate({whole}{RATE})) > 0) or vector(0)"


def hits(selector: str = "") -> str:
    return share_of(f"tenfold_gateway_cache_hits_total{selector}", f"{ANSWERED}{selector}")


MODELS = Dashboard(
    uid="tenfold-models",
    title="Tenfold / Models",
    variables={},
    panels=(
        Panel("Requests", "reqps", {"": f"sum(rate({ANSWERED}{RATE}))"}, width=6, stat=True),
        Panel(
            "Server errors", "percentunit", {"": share_of(f'{ANSWERED}{{status=~"5.."}}', ANSWERED)}, 6, True
        ),
        Panel("Waiting for their model", "short", {"": "sum(tenfold_gateway_held)"}, width=6, stat=True),
        Panel("Answered from the cache", "percentunit", {"": hits()}, width=6, stat=True),
        Panel("Requests by model", "reqps", {"{{model}}": f"sum by (model) (rate({ANSWERED}{RATE}))"}),
        Panel("Requests by status", "reqps", {"{{status}}": f"sum by (status) (rate({ANSWERED}{RATE}))"}),
        Panel("Time to the end of the answer", "s", quantiles(SECONDS)),
        Panel("95th percentile by model", "s", {"{{model}}": quantile(0.95, SECONDS, by="model")}),
        Panel("At a replica", "short", {"{{model}}": "sum by (model) (tenfold_gateway_in_flight)"}),
        Panel("Waiting for their model", "short", {"{{model}}": "sum by (model) (tenfold_gateway_held)"}),
    ),
)

_GATEWAY = '{model="$model"}'
_RUNTIME = '{inferencemodel="$name"}'

MODEL = Dashboard(
    uid="tenfold-model",
    title="Tenfold / Model",
    variables={
        "model": f"label_values({ANSWERED}, model)",
        "name": "label_values(tenfold_runtime_requests_in_flight, inferencemodel)",
    },
    panels=(
        Panel(
            "Requests by status",
            "reqps",
            {"{{status}}": f"sum by (status) (rate({ANSWERED}{_GATEWAY}{RATE}))"},
        ),
        Panel("Answered from the cache", "percentunit", {"share": hits(_GATEWAY)}),
        Panel("Time at the gateway", "s", quantiles(SECONDS, _GATEWAY)),
        Panel("Time in the runtime", "s", quantiles("tenfold_runtime_request_seconds", _RUNTIME)),
        Panel(
            "At a replica, and waiting for one",
            "short",
            {
                "at a replica": f"sum(tenfold_gateway_in_flight{_GATEWAY})",
                "waiting": f"sum(tenfold_gateway_held{_GATEWAY})",
            },
        ),
        Panel(
            "Requests at each replica", "short", {"{{pod}}": f"tenfold_runtime_requests_in_flight{_RUNTIME}"}
        ),
        Panel("Queue of each replica", "short", {"{{pod}}": f"tenfold_runtime_requests_waiting{_RUNTIME}"}),
        Panel(
            "Requests of each replica",
            "reqps",
            {"{{pod}}": f"sum by (pod) (rate(tenfold_runtime_request_seconds_count{_RUNTIME}{RATE}))"},
        ),
    ),
)

DASHBOARDS = {"models.json": MODELS, "model.json": MODEL}


def grafana(dashboard: Dashboard) -> dict[str, Any]:
    """Give the dashboard as Grafana imports it."""
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["tenfold"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_source(), *(_variable(*each) for each in dashboard.variables.items())]},
        "panels": _laid_out(dashboard.panels),
    }


def _source() -> dict[str, Any]:
    return {"name": "source", "type": "datasource", "query": "prometheus"}


def _variable(name: str, query: str) -> dict[str, Any]:
    return {"name": name, "type": "query", "query": query, "datasource": SOURCE, "refresh": 2, "sort": 1}


def _laid_out(panels: tuple[Panel, ...]) -> list[dict[str, Any]]:
    """Fill rows from the left; a panel that does not fit begins the next."""
    laid: list[dict[str, Any]] = []
    x = y = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > COLUMNS:
            x, y = 0, y + HEIGHT
        position = {"x": x, "y": y, "w": panel.width, "h": HEIGHT}
        laid.append({"id": number, "gridPos": position, **_panel(panel)})
        x += panel.width
    return laid


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + number), "expr": query, "legendFormat": legend, "datasource": SOURCE}
            for number, (legend, query) in enumerate(panel.queries.items())
        ],
    }


def files() -> dict[str, str]:
    """Give the content of each dashboard by its file's name."""
    return {name: json.dumps(grafana(each), indent=2) + "\n" for name, each in DASHBOARDS.items()}


def main() -> int:
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
