"""Settings that a part is told in its environment: one JSON object in one variable."""

import json
from collections.abc import Mapping
from typing import Any


def told(environment: Mapping[str, str], variable: str) -> Any:
    """Read the variable's JSON, {} where there is none. Raises ValueError.

    A field that is null counts as not given: `helm upgrade --reuse-values` gives null for whatever the values
    of the older release lack.
    """
    return _without_nulls(json.loads(environment.get(variable) or "{}"))


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(each) for name, each in value.items() if each is not None}
