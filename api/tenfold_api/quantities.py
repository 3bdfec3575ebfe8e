"""Kubernetes' way of writing amounts: durations (`15m`, `2ms`) and byte quantities (`32Mi`)."""

import re
from functools import lru_cache
from typing import Any, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from tenfold_api.base import form

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {
    "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip


class _Amount(str):
    """A string that keeps how the person wrote it and knows what it means."""

    __slots__ = ()
    pattern: str
    example: str

    def __new__(cls, text: str) -> Self:
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(f"{text!r} is not an amount like {cls.example}")
        return super().__new__(cls, text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", **cls._form()}

    @classmethod
    def _form(cls) -> dict[str, Any]:
        return {"pattern": f"^{cls.pattern}$", **form(f"an amount like {cls.example}")}

    @classmethod
    def _validate(cls, value: Any) -> Self:
        if not isinstance(value, str) or not re.fullmatch(cls.pattern, value):
            raise PydanticCustomError("amount", "must be an amount like {example}", {"example": cls.example})
        return cls(value)


class Duration(_Amount):
    """A length of time: a number and one of ms, s, m, h."""

    __slots__ = ()
    pattern = r"[0-9]+(\.[0-9]+)?(ms|s|m|h)"
    example = "500ms, 60s, 15m or 1h"

    @property
    def seconds(self) -> float:
        number, unit = _parts(self)
        return float(number) * _SECONDS[unit]


class Bytes(_Amount):
    """A number of bytes: a whole number and an optional k, M, G, T, Ki, Mi, Gi, Ti."""

    __slots__ = ()
    pattern = r"[0-9]+(k|M|G|T|Ki|Mi|Gi|Ti)?"
    example = "2000000, 32Mi or 1Gi"

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"x-kubernetes-int-or-string": True, **cls._form()}

    @classmethod
    def _validate(cls, value: Any) -> Self:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return super()._validate(str(value) if is_number else value)

    @property
    def bytes(self) -> int:
        number, unit = _parts(self)
        return int(number) * _BYTES[unit]


@lru_cache(1024)  # every request asks for a limit
def _parts(amount: str) -> tuple[str, str]:
    number = re.match("[0-9.]+", amount)[0]  # type: ignore[index]
    return number, amount[len(number) :]
