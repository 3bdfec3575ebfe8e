"""The volume of converted artifacts: where it is, and the claim on it."""

from collections.abc import Iterator
from typing import Any

from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest
from tenfold_operator.settings import Cache, CacheKind

FOLDER = "/var/cache/tenfold"
VOLUME = "cache"


def claims(model: Model, cache: Cache) -> Iterator[Manifest]:
    if cache.kind is not CacheKind.CLAIM:
        return
    spec = {
        "accessModes": [cache.access_mode],
        "resources": {"requests": {"storage": cache.size}},
        **({"storageClassName": cache.storage_class} if cache.storage_class else {}),
    }
    yield manifest("v1", "PersistentVolumeClaim", model, spec=spec)


def volume(model: Model, cache: Cache) -> dict[str, Any]:
    """Give the pod's volume."""
    return {"name": VOLUME, **_place(model, cache)}


def _place(model: Model, cache: Cache) -> dict[str, Any]:
    match cache.kind:
        case CacheKind.CLAIM:
            return {"persistentVolumeClaim": {"claimName": names.child(model.name)}}
        case CacheKind.HOST_PATH:
            return {"hostPath": {"path": cache.path, "type": "DirectoryOrCreate"}}
        case CacheKind.EMPTY_DIR:
            return {"emptyDir": {"sizeLimit": cache.size}}
