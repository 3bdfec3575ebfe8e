"""What a benchmark found: a table for the terminal, a section for the docs, a plot."""

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

Measure = Callable[[], dict[str, float]]


@dataclass(frozen=True)
class Row:
    """One piece of work, done by Tenfold and by a peer in the same run."""

    work: str
    unit: str
    tenfold: float
    peer: float
    peer_name: str
    ratio: float
    """How many times better Tenfold is, whichever way the unit counts."""
    wanted: float
    """The ratio that is aimed for."""


def alternate(measures: Sequence[Measure], rounds: int) -> list[list[dict[str, float]]]:
    """Measure each in turn, `rounds` times over, so that a noisy moment strikes all alike."""
    taken: list[list[dict[str, float]]] = [[] for _ in measures]
    for _ in range(rounds):
        for results, measure in zip(taken, measures, strict=True):
            results.append(measure())
    return taken


def median(results: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def row(
    work: str,
    key: str,
    ours: Sequence[dict[str, float]],
    theirs: Sequence[dict[str, float]],
    peer: str,
    wanted: float,
) -> Row:
    """Compare the medians of `key`: `rps`, of which more is better, else `p50`, `p99` or `seconds`."""
    failures = sum(result["failed"] for result in (*ours, *theirs))
    assert not failures, f"{failures} requests of {work} failed"
    tenfold, other = median(ours, key), median(theirs, key)
    ratio = tenfold / other if key == "rps" else other / tenfold
    unit = {"rps": "requests/s", "p50": "ms, median", "p99": "ms", "seconds": "s"}[key]
    return Row(work, unit, round(tenfold, 2), round(other, 2), peer, round(ratio, 2), wanted)


def publish(name: str, title: str, rows: Sequence[Row]) -> None:
    """Print the rows, and keep them with a plot for the docs."""
    print(table(rows))
    RESULTS.mkdir(exist_ok=True)
    content = {"title": title, "rows": [asdict(one) for one in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    plot(RESULTS / f"{name}.png", title, rows)


def table(rows: Sequence[Row]) -> str:
    """Give the rows as a Markdown table."""
    lines = ["| work | Tenfold | peer | unit | ratio | aim |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| {one.work} | {one.tenfold:g} | {one.peer:g} ({one.peer_name}) | {one.unit} | **{one.ratio:g}×** "
        f"| {one.wanted:g}× |"
        for one in rows
    ]
    return "\n".join(lines)


def plot(path: Path, title: str, rows: Sequence[Row]) -> None:
    """Draw the ratios as bars, the aims as marks."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.6 * len(rows)), layout="constrained")
    places = range(len(rows))
    bars = axes.barh(places, [one.ratio for one in rows], color="#2f6f4f", height=0.55)
    axes.bar_label(bars, [f"{one.ratio:g}×" for one in rows], padding=4)
    axes.plot([one.wanted for one in rows], places, "|", color="#c0392b", markersize=22, label="aim")
    axes.axvline(1, color="#888888", linewidth=0.8)
    axes.set_yticks(places, [f"{one.work}\nvs. {one.peer_name}" for one in rows])
    axes.set_xlabel("times better than the peer")
    figure.suptitle(title)
    axes.margins(x=0.25)  # room for the labels
    axes.invert_yaxis()
    figure.legend(loc="outside lower right")
    figure.savefig(path, dpi=120)
