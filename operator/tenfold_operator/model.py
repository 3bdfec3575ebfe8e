"""An InferenceModel as the operator sees it: parsed once, frozen, with its identity in the cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pydantic

from tenfold_api import names, refusals
from tenfold_api.inference_model import InferenceModel
from tenfold_api.spec import Spec
from tenfold_operator.errors import InvalidModel


class Key(NamedTuple):
    """Names one InferenceModel in the cluster."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Model:
    """One InferenceModel."""

    key: Key
    uid: str
    created: str
    """RFC 3339, in seconds, UTC: texts sort as times do."""
    generation: int
    resource: InferenceModel

    @property
    def name(self) -> str:
        return self.key.name

    @property
    def namespace(self) -> str:
        return self.key.namespace

    @property
    def model_id(self) -> str:
        return self.resource.model_id

    @property
    def spec(self) -> Spec:
        return self.resource.spec


def parse(raw: Mapping[str, Any]) -> Model:
    """Parse a resource as the API server stores it. Raises InvalidModel, and says all that is wrong."""
    metadata = raw["metadata"]
    return Model(
        key=key(raw),
        uid=metadata.get("uid", ""),
        created=metadata.get("creationTimestamp", ""),
        generation=generation(raw),
        resource=_resource(raw),
    )


def key(raw: Mapping[str, Any]) -> Key:
    return Key(raw["metadata"]["namespace"], raw["metadata"]["name"])


def id_of(raw: Mapping[str, Any]) -> str:
    """Give the model id of a resource that may not be valid: InferenceModel.model_id of one that is."""
    spec = raw.get("spec") or {}
    hub = (spec.get("source") or {}).get("hub") or {}
    return str(spec.get("modelId") or hub.get("repo") or raw["metadata"]["name"])


def generation(raw: Mapping[str, Any]) -> int:
    return int(raw["metadata"].get("generation", 0))


def _resource(raw: Mapping[str, Any]) -> InferenceModel:
    document = {"apiVersion": names.API_VERSION, "kind": names.KIND}
    try:
        return InferenceModel.model_validate(
            {**document, "metadata": _metadata(raw), "spec": raw.get("spec", {})}
        )
    except pydantic.ValidationError as error:
        raise InvalidModel(_sentences(error)) from error


def _metadata(raw: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("name", "namespace", "generation", "creationTimestamp")
    return {name: value for name, value in raw["metadata"].items() if name in kept}


def _sentences(error: pydantic.ValidationError) -> str:
    details = error.errors()
    return "; ".join(f"{refusals.field(detail)}: {refusals.message(detail)}" for detail in details)
