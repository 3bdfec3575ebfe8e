"""What a sound's file is, by its first bytes, and whether it is as long as it says."""

import struct

from tenfold_runtime.errors import InvalidInput

KINDS = ("WAV", "FLAC", "Ogg", "MP3")

# A writer that cannot go back leaves one of these, or something just below, where the length belongs.
_UNTOLD = (0, 0x7FFFF000)
_RIFF_HEADER = 8

# An MP3 may tell its length in a tag that begins at most this many bytes into its first frame.
_XING_WITHIN = 64
_TELLS_BYTES = 2


def kind_of(data: bytes) -> str:
    """Give the kind of a file, one of KINDS; raises InvalidInput where it is none.

    libsndfile knows twenty more formats, which are rare in requests, and each a parser more to attack.
    """
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "WAV"
    if data[:4] in _MAGIC:
        return _MAGIC[data[:4]]
    if data[:3] == b"ID3" or _is_frame_of_mp3(data):
        return "MP3"
    raise InvalidInput("inputs", f"not a sound; one of {', '.join(KINDS)} is expected")


_MAGIC = {b"fLaC": "FLAC", b"OggS": "Ogg"}


def cut_short(data: bytes, kind: str) -> bool:
    """Tell whether a WAV or MP3 has fewer bytes than its header says, where it says so.

    libsndfile would read what is there. It does complain of a FLAC that is cut short; an Ogg is a stream, and
    may end after any page.
    """
    if kind == "WAV" and data[:4] == b"RIFF":
        told = int.from_bytes(data[4:8], "little")
        return _UNTOLD[0] < told < _UNTOLD[1] and told + _RIFF_HEADER > len(data)
    return kind == "MP3" and _told_by_mp3(data) > len(data)


def _is_frame_of_mp3(data: bytes) -> bool:
    """Look for eleven bits of 1, then a layer: AAC has the bits and no layer."""
    first, second = data[:2].ljust(2, b"\0")
    return first == 0xFF and second & 0xE0 == 0xE0 and second & 0x06 != 0


def _told_by_mp3(data: bytes) -> int:
    """Give the bytes up to the end of the last frame, by the Xing tag; 0 where there is none."""
    start = _after_id3(data)
    frame = data[start : start + _XING_WITHIN]
    at = max(frame.find(b"Xing"), frame.find(b"Info"))
    if at < 0 or at + 16 > len(frame):
        return 0
    flags, _, size = struct.unpack_from(">III", frame, at + 4)
    return start + int(size) if flags & _TELLS_BYTES else 0


def _after_id3(data: bytes) -> int:
    """Give where the first frame begins. The tag's size comes in four bytes of seven bits."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + sum(part << shift for part, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
