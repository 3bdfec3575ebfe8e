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


def meets(there: Any, wanted: Any) -> bool:
    """Tell whether `there` has every field of `wanted` with its value. An absent field is an empty one."""
    if isinstance(wanted, dict):
        return isinstance(there or {}, dict) and all(
            meets((there or {}).get(name), value) for name, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        return _list_meets(list(there or []), list(wanted))
    return _same(there, wanted)


def _list_meets(there: list[Any], wanted: list[Any]) -> bool:
    """Objects in a list have an owner each, so more of them may be there; a list of values is one value."""
    if all(isinstance(element, dict) for element in wanted):
        return all(any(meets(each, element) for each in there) for element in wanted)
    return len(there) == len(wanted) and all(map(meets, there, wanted))


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
