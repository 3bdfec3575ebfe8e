"""Run every benchmark, or those named, and write docs/benchmarks.md.

python benchmarks [embeddings] [classification] …
"""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import report

from tenfold_runtime import artifact, operators

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
ALL = (
    "embeddings",
    "embedders",
    "classification",
    "engines",
    "generation",
    "genai",
    "large",
    "sequences",
    "gateway",
    "cold_start",
    "drift",
)

ABOUT = """# Benchmarks

Each table comes from one run on one machine, Tenfold and the peer in turn; the ratio counts. `make bench`
measures again and writes this page. Weights are real where a package brings them, else random in real
architectures. Int8 weights gain most on processors with VNNI; there are
[figures of one without](benchmarks-without-vnni.md). Beside the products that the processor does at most, the
ratio is the share that is used.
"""


def main(named: list[str]) -> None:
    for name in named or ALL:
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True)
    (DOCS / "benchmarks.md").write_text(page())


def page() -> str:
    """Make the page of all results there are."""
    sections = [section(path) for name in ALL if (path := report.RESULTS / f"{name}.json").exists()]
    return "\n".join([ABOUT, f"Measured on {date.today():%Y-%m-%d}: {machine()}.\n", *sections])


def section(path: Path) -> str:
    content = json.loads(path.read_text())
    rows = [report.Row(**row) for row in content["rows"]]
    shutil.copy(path.with_suffix(".png"), DOCS / f"benchmarks-{path.stem}.png")
    title = content["title"]
    return f"## {title}\n\n{report.table(rows)}\n\n![{title}](benchmarks-{path.stem}.png)\n"


def machine() -> str:
    target = operators.target()
    return (
        f"{artifact.machine()}, {os.cpu_count()} cores, {target.name if target else 'no operators of ours'}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
