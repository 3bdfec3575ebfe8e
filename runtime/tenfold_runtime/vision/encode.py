"""An image to a file, of the kind that the caller asks for."""

import io

from PIL import Image

from tenfold_runtime.answering import Media

_KINDS = {
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/x-ms-bmp": "BMP",
}
_QUALITY = 95


def encode(image: Image.Image, accept: str) -> Media:
    """Write an image as a file. accept: the caller's Accept header; JPEG where it names no kind of ours."""
    kind = accepted(accept)
    content = io.BytesIO()
    image.convert("RGB").save(content, kind, **({"quality": _QUALITY} if kind in ("JPEG", "WEBP") else {}))
    return Media(content.getvalue(), f"image/{kind.lower()}")


def accepted(accept: str) -> str:
    """Choose by an Accept header what the caller likes best of our kinds, by Pillow's name."""
    likes = [_like(entry) for entry in accept.split(",")]
    known = [(quality, _KINDS[name]) for name, quality in likes if name in _KINDS and quality > 0]
    return max(known, key=lambda like: like[0], default=(0.0, "JPEG"))[1]


def _like(entry: str) -> tuple[str, float]:
    """Read one entry of an Accept header: the media type, and how much it is liked."""
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    qualities = [text[2:] for text in parameters if text.startswith("q=")]
    try:
        return name, float(qualities[0]) if qualities else 1.0
    except ValueError:
        return name, 1.0
