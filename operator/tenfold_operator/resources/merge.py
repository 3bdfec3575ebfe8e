"""Kubernetes' strategic merge, as far as pod templates need it: lists of named things merge by their name."""

from typing import Any

from tenfold_operator.resources.common import Manifest

# What tells the elements of a list apart, by the name of the list. All other lists are replaced.
_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "volumes": "name",
    "env": "name",
    "imagePullSecrets": "name",
    "volumeMounts": "mountPath",
    "ports": "containerPort",
    "topologySpreadConstraints": "topologyKey",
    "hostAliases": "ip",
}
_DIRECTIVE = "$patch"


def merged(base: Manifest, override: Manifest) -> Manifest:
    """Lay `override` over `base`.

    None removes a field, `$patch: delete` an element of a list, and `$patch: replace` keeps nothing of it.
    """
    if override.get(_DIRECTIVE) == "replace":
        return {name: value for name, value in override.items() if name != _DIRECTIVE}
    result = dict(base)
    for name, value in override.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _field(name, base.get(name), value)
    return result


def _field(name: str, old: Any, new: Any) -> Any:
    if isinstance(new, dict) and isinstance(old, dict):
        return merged(old, new)
    if isinstance(new, list) and isinstance(old, list) and name in _KEYS:
        return _elements(old, new, _KEYS[name])
    return new


def _elements(old: list[Manifest], new: list[Manifest], key: str) -> list[Manifest]:
    """Merge element by element: the old ones in their order, then those that are only new."""
    result = {element.get(key): element for element in old}
    for element in new:
        if element.get(_DIRECTIVE) == "delete":
            result.pop(element.get(key), None)
        else:
            result[element.get(key)] = merged(result.get(element.get(key), {}), element)
    return list(result.values())
