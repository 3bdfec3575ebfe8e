"""Files that came within a body: as they are, or in base64."""

import binascii
from typing import Any

from pydantic_core import PydanticCustomError


def as_bytes(value: Any, what: str) -> bytes:
    """Give the bytes of a file that came as bytes or as base64, data URL or not; for a pydantic validator.

    what: the file's kind, as "an image".
    """
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("file", "must be {what} in base64", {"what": what})
    if value[:8].lower().startswith(("http://", "https://")):
        raise PydanticCustomError("url", "no URL is fetched; send the file itself, as bytes or in base64")
    return _from_base64(value.partition(",")[2] if value.startswith("data:") else value)


def _from_base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.splitlines()), strict_mode=True)
    except ValueError as error:
        raise PydanticCustomError("base64", "not base64: {why}", {"why": str(error)}) from None
