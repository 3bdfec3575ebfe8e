"""Whether an object has all that is wanted of it, beside what others and the API server's defaults add.

This is what a server-side apply would find out too, at the cost of a request.
"""

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?")
_FACTORS = {
    "": Decimal(1), "m": Decimal("0.001"),
    "k": Decimal(10) ** 3, "M": Decimal(10) ** 6, "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12, "P": Decimal(10) ** 15,
    "Ki": Decimal(2) ** 10, "Mi": Decimal(2) ** 20, "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40, "Pi": Decimal(2) ** 50,
}  # fmt: skip


# Lists whose elements have an owner each, by the rules of server-side apply. Any other list is one value.
_SHARED = {
    "containers", "env", "hostAliases", "imagePullSecrets", "initContainers", "ownerReferences", "ports",
    "topologySpreadConstraints", "volumeMounts", "volumes",
}  # fmt: skip


def meets(there: Any, wanted: Any, name: str = "", *, whole: bool = False) -> bool:
    """Tell whether `there` has every field of `wanted` with its value. An absent field is an empty one.

    `name` is the field's own. What is `whole` has one owner: no list in it may have more than is wanted.
    """
    if isinstance(wanted, dict):
        return isinstance(there or {}, dict) and all(
            meets((there or {}).get(name), value, name, whole=whole) for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        is_shared = name in _SHARED and not whole
        return _has_all(there or [], wanted) if is_shared else _is_like(list(there or []), list(wanted))
    return _same(there, wanted)


def _has_all(there: Any, wanted: Any) -> bool:
    return all(any(meets(each, element) for each in there) for element in wanted)


def _is_like(there: list[Any], wanted: list[Any]) -> bool:
    pairs = zip(there, wanted, strict=False)
    return len(there) == len(wanted) and all(meets(each, element, whole=True) for each, element in pairs)


def _same(there: Any, wanted: Any) -> bool:
    if there == wanted or (not there and not wanted):
        return True
    amount = quantity(wanted)
    return amount is not None and amount == quantity(there)


def quantity(value: Any) -> Decimal | None:
    """Read an amount as the API server does, which gives `1000m` back as `1`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    match = _QUANTITY.fullmatch(str(value))
    return Decimal(match[1]) * _FACTORS[match[2] or ""] if match else None
