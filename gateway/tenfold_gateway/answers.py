"""JSON as the old clients want it."""

from typing import Any

import orjson
from starlette.responses import Response

from tenfold_gateway.errors import Refusal


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answer JSON, without a charset: old clients compare the content type with ==."""
    return Response(orjson.dumps(content), status, {"content-type": "application/json", **(headers or {})})


def refused(error: Refusal) -> Response:
    return as_json(error.body, error.status, error.headers)
