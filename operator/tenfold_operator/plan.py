"""What must be written so that what is there becomes what is wanted. Pure; at rest it is nothing."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tenfold_operator import names
from tenfold_operator.compare import meets
from tenfold_operator.resources import Manifest

# A claim that is wanted no more keeps its data until the model goes, or someone deletes it.
_KEPT = {"PersistentVolumeClaim"}


@dataclass(frozen=True)
class Plan:
    """The writes, in their order."""

    apply: tuple[Manifest, ...] = ()
    delete: tuple[Manifest, ...] = ()


def plan(wanted: Iterable[Manifest], there: Iterable[Manifest]) -> Plan:
    """Compare the children that a model is to have with those that it has."""
    marked = [_marked(manifest) for manifest in wanted]
    existing = {_identity(child): child for child in there}
    missing = [each for each in marked if not _is_met(each, existing.get(_identity(each)))]
    kept = {_identity(each) for each in marked}
    surplus = [child for identity, child in existing.items() if identity not in kept and _may_go(child)]
    return Plan(tuple(missing), tuple(surplus))


def _identity(manifest: Mapping[str, Any]) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def _is_met(wanted: Manifest, there: Manifest | None) -> bool:
    return there is not None and meets(there, wanted)


def _may_go(child: Manifest) -> bool:
    return child["kind"] not in _KEPT and "deletionTimestamp" not in child["metadata"]


def _marked(manifest: Manifest) -> Manifest:
    """Note the hash of all that is wanted: what was wanted before and is not now shows in it alone."""
    text = json.dumps(manifest, sort_keys=True)
    mark = {names.WANTED_ANNOTATION: hashlib.sha256(text.encode()).hexdigest()[:16]}
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": mark}}
