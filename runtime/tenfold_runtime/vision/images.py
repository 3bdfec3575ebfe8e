"""Bytes from anyone to an image: sniffed, measured before anything is decoded, turned upright."""

import io
from typing import Any

from PIL import Image, ImageOps

from tenfold_runtime import encoded
from tenfold_runtime.errors import InvalidInput

# Pillow's other formats are rare in requests, and each is a parser more to attack.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")

# Decoded, three bytes a pixel: 150 MB.
MOST_PIXELS = 50_000_000


def decode(data: bytes) -> Image.Image:
    """Give the image as RGB, upright by its EXIF orientation; raises InvalidInput.

    Of an animation only the first frame is read, as transformers does. The others are not even counted:
    a small GIF can have a million.
    """
    image = _opened(data)
    _refuse_bomb(image)
    try:
        return ImageOps.exif_transpose(image).convert("RGB")
    except Exception as error:  # noqa: BLE001 - Pillow raises whatever its decoders do
        raise InvalidInput("inputs", f"the {image.format} image is damaged: {error}") from None


def _opened(data: bytes) -> Image.Image:
    """Read the header."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput("inputs", _TOO_MANY_PIXELS) from None
    except Exception:  # noqa: BLE001 - Pillow raises whatever its parsers do
        raise InvalidInput("inputs", f"not an image; one of {', '.join(FORMATS)} is expected") from None


def _refuse_bomb(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise InvalidInput("inputs", f"{image.width} × {image.height}: {_TOO_MANY_PIXELS}")


_TOO_MANY_PIXELS = f"the image has too many pixels; at most {MOST_PIXELS:_} are accepted".replace("_", " ")


def as_bytes(value: Any) -> bytes:
    """Give the bytes of an image that came as bytes or as base64, data URL or not; a pydantic validator."""
    return encoded.as_bytes(value, "an image")
