"""The InferenceModel: the one resource that a person writes, and the only source of its schema."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tenfold_api import names
from tenfold_api.base import Part, form
from tenfold_api.spec import Spec
from tenfold_api.status import Status

_NAME = r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
_NAME_FORM = "lower-case letters, digits, `-` and `.`, with a letter or digit at both ends"


class Metadata(Part):
    """The parts of Kubernetes' object metadata that Tenfold reads; the rest is kept as it is."""

    model_config = ConfigDict(extra="allow")

    name: Annotated[
        str, Field(min_length=1, max_length=253, pattern=_NAME, json_schema_extra=form(_NAME_FORM))
    ]
    """Name of the resource."""
    namespace: str | None = None
    """Namespace of the resource."""
    generation: int | None = None
    """Counts the changes of the spec."""
    creation_timestamp: str | None = None
    """When the resource was created, RFC 3339."""


class InferenceModel(Part):
    """A model that answers at `/models/<model id>` as on Hugging Face's hosted Inference API."""

    api_version: Literal["tenfold.dev/v1alpha1"] = names.API_VERSION  # type: ignore[assignment]
    """Version of this schema."""
    kind: Literal["InferenceModel"] = names.KIND  # type: ignore[assignment]
    """Kind of the resource."""
    metadata: Metadata
    """Name, namespace and labels."""
    spec: Spec
    """The model and how it is served."""
    status: Status | None = None
    """What is known of the model. Written by Tenfold, never by people."""

    @property
    def model_id(self) -> str:
        """The path under /models/."""
        hub = self.spec.source.hub
        return self.spec.model_id or (hub.repo if hub else self.metadata.name)

    def to_json(self) -> str:
        """Write only what was set, in the form that `InferenceModel.model_validate_json` reads."""
        return self.model_dump_json(by_alias=True, exclude_unset=True)

    @classmethod
    def of(cls, name: str, spec: dict[str, Any]) -> "InferenceModel":
        """Make a resource from a spec as in YAML."""
        document = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": {"name": name}}
        return cls.model_validate({**document, "spec": spec})
