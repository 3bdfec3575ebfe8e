"""An InferenceModel as it is stored, as far as a gateway needs it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pydantic

from tenfold_api import names
from tenfold_api.inference_model import InferenceModel
from tenfold_api.precedence import Seniority, seniority
from tenfold_api.spec import Visibility
from tenfold_api.status import Status
from tenfold_gateway.cluster.watch import Key, key

log = logging.getLogger(__name__)

Raw = Mapping[str, Any]

_METADATA = ("name", "namespace", "generation", "creationTimestamp")


@dataclass(frozen=True, slots=True)
class Known:
    """One model."""

    key: Key
    version: str
    """Its resourceVersion."""
    resource: InferenceModel

    @property
    def model_id(self) -> str:
        return self.resource.model_id

    @property
    def label(self) -> str:
        """The value of names.MODEL_LABEL on what serves it."""
        return names.model_label(self.key.name)

    @property
    def seniority(self) -> Seniority:
        return seniority(self.resource.metadata.creation_timestamp or "", *self.key)

    @property
    def is_asleep(self) -> bool:
        return self.resource.spec.replicas == 0


def may_be_known(raw: Raw) -> bool:
    """Tell whether callers may know of the model. A private one is for tokens, and there are none."""
    is_private = (raw.get("spec") or {}).get("visibility") == Visibility.PRIVATE
    return not is_private and "deletionTimestamp" not in raw["metadata"]


def parse(raw: Raw) -> Known:
    """Read a resource as the API server stores it. Raises pydantic's ValidationError."""
    metadata = {name: value for name, value in raw["metadata"].items() if name in _METADATA}
    kind = {"apiVersion": names.API_VERSION, "kind": names.KIND}
    read = InferenceModel.model_validate({**kind, "metadata": metadata, "spec": raw.get("spec", {})})
    told = read.model_copy(update={"status": _status(raw)})
    return Known(key(raw), raw["metadata"]["resourceVersion"], told)


def _status(raw: Raw) -> Status | None:
    """Read what the operator says, if it speaks as we do: a newer one may say more."""
    try:
        return Status.model_validate(raw.get("status") or {})
    except pydantic.ValidationError as error:
        log.warning("Could not read the status of %s: %s", key(raw), error)
        return None
