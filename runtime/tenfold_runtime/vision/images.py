"""Bytes from anyone to an image: sniffed, measured before anything is decoded, turned upright."""

import io
from typing import Any

from PIL import Image, ImageOps

from tenfold_runtime import deadline, encoded
from tenfold_runtime.errors import InvalidInput, RequestError

# Pillow's other formats are rare in requests, and each is a parser more to attack.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")

# Decoded, three bytes a pixel: 150 MB.
MOST_PIXELS = 50_000_000

# Of a progressive JPEG: usual are ten. Each may go over all pixels again, and take less than 100 bytes.
MOST_SCANS = 100
_JPEG, _SCAN = b"\xff\xd8", b"\xff\xda"


def decode(data: bytes) -> Image.Image:
    """Give the image as RGB, upright by its EXIF orientation; raises InvalidInput, TooSlow when it is late.

    Of an animation only the first frame is read, as transformers does. The others are not even counted:
    a small GIF can have a million.
    """
    image = _opened(data)
    _refuse_bomb(image, data)
    try:
        return ImageOps.exif_transpose(image).convert("RGB")
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow raises whatever its decoders do
        raise InvalidInput("inputs", f"the {image.format} image is damaged: {error}") from None


class _Timed(io.BytesIO):
    """Bytes that are there until the deadline: Pillow reads them bit by bit as it decodes."""

    def read(self, size: int | None = -1, /) -> bytes:
        deadline.check()
        return super().read(size)


def _opened(data: bytes) -> Image.Image:
    """Read the header."""
    try:
        return Image.open(_Timed(data), formats=FORMATS)
    except RequestError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput("inputs", _TOO_MANY_PIXELS) from None
    except Exception:  # noqa: BLE001 - Pillow raises whatever its parsers do
        raise InvalidInput("inputs", f"not an image; one of {', '.join(FORMATS)} is expected") from None


def _refuse_bomb(image: Image.Image, data: bytes) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise InvalidInput("inputs", f"{image.width} × {image.height}: {_TOO_MANY_PIXELS}")
    if data.startswith(_JPEG) and (scans := data.count(_SCAN)) > MOST_SCANS:
        raise InvalidInput("inputs", f"the JPEG image has {scans} scans; at most {MOST_SCANS} are accepted")


_TOO_MANY_PIXELS = f"the image has too many pixels; at most {MOST_PIXELS:_} are accepted".replace("_", " ")


def as_bytes(value: Any) -> bytes:
    """Give the bytes of an image that came as bytes or as base64, data URL or not; a pydantic validator."""
    return encoded.as_bytes(value, "an image")
