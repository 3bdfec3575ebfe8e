"""Why a model can never load, as the sources of the runtime and of what the parts share say it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_MADE_BY = {"CannotLoad", "Failure", "_failure"}


def told() -> dict[str, int]:
    """Give the HTTP status by the reason."""
    sources = (file for part in ("runtime", "api") for file in (ROOT / part).rglob("*.py"))
    calls = (call for file in sources for call in _calls(file))
    return {"ExportUnsupported": 422, **{reason: status for call in calls for reason, status in _told(call)}}


def _calls(file: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))


def _told(call: ast.Call) -> Iterator[tuple[str, int]]:
    """Read `CannotLoad(422, "InvalidModel", …)`. What does not convert is 422 by its class."""
    name = ast.unparse(call.func)
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    known = [each.value for each in given if isinstance(each, ast.Constant)]
    if name in _MADE_BY and known and isinstance(known[0], int):
        yield str(known[1]), known[0]
    if name == "ExportUnsupported" and known:
        yield str(known[-1]), 422
