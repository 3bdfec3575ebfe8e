"""Images from anyone: what is decoded, and what is refused before it costs anything."""

import base64
import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from tenfold_runtime import deadline
from tenfold_runtime.body import checked
from tenfold_runtime.errors import InvalidInput, RequestError, TooSlow
from tenfold_runtime.vision.base import ImageRequest
from tenfold_runtime.vision.classification import ImageClassificationRequest
from tenfold_runtime.vision.images import MOST_PIXELS, decode
from tenfold_runtime.vision.preprocessor import Preprocessor, center_crop
from tenfold_runtime.vision.sizes import plain
from tiny_images import file, picture


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has hardly any data."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0")),
    ]
    written = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


def animation(frames: int) -> bytes:
    """A GIF that shows the same two pixels again and again; a frame takes 25 bytes."""
    whole = file(Image.new("P", (2, 1)), "GIF")
    frame = whole[whole.index(b"\x2c") : -1]
    return whole[: whole.index(b"\x2c")] + frame * frames + b"\x3b"


@pytest.mark.parametrize(
    ("width", "height"), [(50_000, 50_000), (2**31 - 1, 2**31 - 1), (10_001, 10_000), (MOST_PIXELS + 1, 1)]
)
def test_an_image_of_too_many_pixels_is_refused_by_its_header(width, height):
    began = time.perf_counter()

    with pytest.raises(InvalidInput, match=r"`inputs`.*too many pixels; at most 50 000 000 are accepted"):
        decode(png_header(width, height))

    assert time.perf_counter() - began < 1.0


def progressive(scans: int) -> bytes:
    """A JPEG that goes over its pixels again and again, some dozen bytes each time."""
    written = io.BytesIO()
    Image.new("L", (2000, 2000), 128).save(written, "JPEG", progressive=True)
    whole, end = written.getvalue(), written.getvalue().rindex(b"\xff\xd9")
    last = whole[whole.rindex(b"\xff\xda") : end]
    return whole[:end] + last * scans + whole[end:]


def test_a_progressive_jpeg_is_read():
    assert decode(progressive(50)).size == (2000, 2000)


def test_a_jpeg_that_would_be_decoded_for_hours_is_refused():
    began = time.perf_counter()

    with pytest.raises(InvalidInput, match=r"`inputs`: the JPEG image has 1000\d\d scans; at most 100"):
        decode(progressive(100_000))

    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_decoding_ends_when_nobody_waits_any_more(kind):
    with deadline.until(time.monotonic()), pytest.raises(TooSlow):
        decode(file(picture(), kind))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP"])
def test_a_truncated_image_is_refused(kind):
    whole = file(picture(), kind)

    with pytest.raises(InvalidInput, match="Error in `inputs`: "):
        decode(whole[: len(whole) * 2 // 3])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xd8\xff",
        b"%PDF-1.7\n",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_no_image_is_refused(data):
    with pytest.raises(InvalidInput, match="`inputs`: not an image; one of JPEG, PNG"):
        decode(data)


def test_a_format_that_nobody_asked_for_is_refused_though_pillow_knows_it():
    with pytest.raises(InvalidInput, match="not an image"):
        decode(file(picture(), "PPM"))


def test_only_the_first_frame_of_an_animation_is_read():
    began = time.perf_counter()

    assert decode(animation(200_000)).size == (2, 1)
    assert time.perf_counter() - began < 1.0


def test_an_extremely_long_image_does_not_become_a_huge_input():
    shape = Preprocessor(plain, {"do_resize": True, "size": {"shortest_edge": 224}, "resample": 2})

    with pytest.raises(InvalidInput, match="1000000 × 1: the proportions are too extreme"):
        shape(Image.new("RGB", (1_000_000, 1)))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "`inputs`: field required"),
        ({"inputs": 5}, "`inputs`: must be an image in base64"),
        ({"inputs": "https://example.com/cat.png"}, "`inputs`: no URL is fetched; send the file itself"),
        ({"inputs": "HTTP://169.254.169.254/"}, "`inputs`: no URL is fetched"),
        ({"inputs": "a cat"}, "`inputs`: not base64"),
        ({"inputs": "", "parameters": {"topk": 5}}, "`parameters.topk`: unknown parameter; known are"),
        ({"inputs": "", "parameters": {"top_k": 0}}, "`parameters.top_k`: input should be greater than"),
    ],
)
def test_a_request_that_is_wrong_is_told_which_field(body, problem):
    with pytest.raises(RequestError, match=problem):
        checked(body, ImageClassificationRequest)


def test_base64_may_be_broken_into_lines():
    text = base64.encodebytes(file(picture())).decode()

    assert checked({"inputs": text}, ImageRequest).inputs == file(picture())


@pytest.mark.parametrize("crop", [(4, 4), (7, 3), (12, 13), (3, 20)])
def test_a_crop_has_the_size_asked_for(crop):
    raster = np.ones((9, 10, 3), np.uint8)

    assert center_crop(raster, crop).shape == (*crop, 3)
