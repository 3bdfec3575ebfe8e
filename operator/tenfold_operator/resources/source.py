"""Where a pod finds the model's files: what is mounted, and how the runtime is told of it."""

from typing import Any

from tenfold_api.spec import Source
from tenfold_operator.resources.common import Manifest

FOLDER = "/model"
VOLUME = "model"


def volumes(source: Source) -> list[Manifest]:
    if source.path is not None:
        return [{"name": VOLUME, "hostPath": {"path": source.path, "type": "Directory"}}]
    if source.pvc is not None:
        claim = {"claimName": source.pvc.claim_name, "readOnly": True}
        return [{"name": VOLUME, "persistentVolumeClaim": claim}]
    return []


def mounts(source: Source) -> list[Manifest]:
    if not volumes(source):
        return []
    folder = source.pvc.path.strip("/") if source.pvc is not None else ""
    return [
        {
            "name": VOLUME,
            "mountPath": FOLDER,
            "readOnly": True,
            **({"subPath": folder} if folder else {}),
        }
    ]


def as_told(source: Source) -> dict[str, Any]:
    """Give the source as the runtime sees it: a volume is a folder, a token comes by environment."""
    if volumes(source):
        return {"path": FOLDER}
    told = source.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if "hub" in told:
        told["hub"].pop("tokenSecretRef", None)
    return told
