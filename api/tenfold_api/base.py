"""The common ground of the schema's models: camelCase in YAML, no unknown fields, immutable."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

# A part of Kubernetes' own API that Tenfold passes through without reading.
Passthrough = dict[str, Any]


class Part(BaseModel):
    """A part of the InferenceModel."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )


def cel(rule: str, message: str) -> dict[str, Any]:
    """Give the schema extension by which the API server itself refuses what `rule` (CEL) finds false."""
    return {"x-kubernetes-validations": [{"rule": rule, "message": message}]}
