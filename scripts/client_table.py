"""Write the page of client libraries from the reports of the last run: which methods of which versions work.

`make clients` runs them and calls this.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ROOT / ".venv-clients"
OWN_TESTS = ROOT / "tests" / "clients" / "own_tests.json"
ORDER = [
    "huggingface_hub-0.27.1",
    "huggingface_hub-0.36",
    "huggingface_hub-newest",
    "openai-newest",
    "inference.js-2.8.1",
    "inference.js-newest",
]
PAGE = """\
<!-- Written by `make clients` from what the clients reported; do not edit. -->

# Clients

Which methods of the client libraries that people use were run against a `tenfold up` with a tiny model of
every task, each version in an environment of its own, and whether the client read the answer. ✓ means that it
did, in every way to call the method: sync, async, and with 0.27.1 also by the model's id at
`HF_INFERENCE_ENDPOINT`. A dash means that the version has no such method.

The versions: {versions}.
{tables}{failures}{own}"""
OWN = """
## Its own tests

{client}'s `{file}`, run live against a `tenfold up` with a tiny
model at each id of its model table; its address and its three example files were replaced. Of {tests} tests
{passed} pass and {failing} do not; it skips {skipped} itself. The client asks the server in {asking} of them.
Those that do not pass:

{reasons}"""

Report = list[dict[str, str]]


def reports() -> dict[str, Report]:
    """Give each environment's report, of those that were run."""
    found = {name: ENVIRONMENTS / name / "report.json" for name in ORDER}
    return {name: json.loads(file.read_text()) for name, file in found.items() if file.exists()}


def version(name: str) -> str:
    """Give the exact version in an environment, as `huggingface_hub 0.36.2`."""
    folder = ENVIRONMENTS / name
    if name.startswith("inference.js"):
        package = folder / "node_modules/@huggingface/inference/package.json"
        return f"@huggingface/inference {json.loads(package.read_text())['version']}"
    library = name.rpartition("-")[0]
    (metadata,) = folder.glob(f"lib/python*/site-packages/{library}-*.dist-info")
    return f"{library} {metadata.name.removesuffix('.dist-info').rpartition('-')[2]}"


def table(family: str, known: dict[str, Report]) -> str:
    """Draw the methods of one library, a column a version."""
    columns = {
        version(name).rpartition(" ")[2]: calls(report) for name, report in known.items() if family in name
    }
    if not columns:
        return ""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    head = f"\n## {family}\n\n| Method | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}\n"
    rows = (
        f"| `{name}` | {' | '.join(mark(column.get(name)) for column in columns.values())} |"
        for name in names
    )
    return head + "\n".join(rows) + "\n"


def calls(report: Report) -> dict[str, list[str]]:
    """Give the problems of each method, by its name."""
    found: dict[str, list[str]] = {}
    for call in report:
        found.setdefault(call["call"], []).extend([call["problem"]] if call["problem"] else [])
    return found


def mark(problems: list[str] | None) -> str:
    if problems is None:
        return "–"
    return "no, see below" if problems else "✓"


def failures(known: dict[str, Report]) -> str:
    """List what did not work, a line for each method of a version, in the client's own words."""
    ways: dict[tuple[str, str, str], list[str]] = {}
    for name, report in known.items():
        for call in report:
            if call["problem"]:
                ways.setdefault((name, call["call"], short(call["problem"])), []).append(call["how"])
    lines = [
        f"- {version(name)}, `{call}` ({', '.join(how)}): {problem}\n"
        for (name, call, problem), how in ways.items()
    ]
    return "\n## What does not work\n\n" + "".join(lines) if lines else ""


def short(problem: str) -> str:
    """Give the first sentence of a problem's first line."""
    line = problem.splitlines()[0]
    sentence, ended, _ = line.partition(". ")
    return sentence + ended.rstrip()


def own_tests() -> str:
    """Tell what became of a client's own tests."""
    told = json.loads(OWN_TESTS.read_text())
    failed: dict[str, list[str]] = told["failed"]
    failing = sum(map(len, failed.values()))
    reasons = "".join(
        f"- {reason}: {', '.join(f'`{t}`' for t in tests)}\n" for reason, tests in failed.items()
    )
    tests = told["passed"] + told["skipped"] + failing
    return OWN.format(**told, tests=tests, failing=failing, reasons=reasons)


def markdown() -> str:
    known = reports()
    families = ("huggingface_hub", "inference.js", "openai")
    tables = "".join(table(family, known) for family in families)
    versions = ", ".join(version(name) for name in known)
    return PAGE.format(versions=versions, tables=tables, failures=failures(known), own=own_tests())


if __name__ == "__main__":
    sys.stdout.write(markdown())
