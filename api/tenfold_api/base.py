"""The common ground of the schema's models: camelCase in YAML, no unknown fields, immutable."""

from typing import Any

from pydantic import ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from tenfold_api.described import Described

# Our own word in the schema: what a pattern means, for messages and docs. The CRD leaves it out.
FORM = "x-form"

# A part of Kubernetes' own API that Tenfold passes through without reading.
Passthrough = dict[str, Any]


class Part(Described):
    """A part of the InferenceModel."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, fields: Any) -> Any:
        """Read `field: null` as if the field were not there, as the API server does."""
        if not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None}


def form(words: str) -> dict[str, Any]:
    """Give the schema extension that says what a pattern means: "must be {words}"."""
    return {FORM: words}


def cel(rule: str, message: str) -> dict[str, Any]:
    """Give the schema extension by which the API server itself refuses what `rule` (CEL) finds false."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message}]}
