"""Samples to a sound's file, of the kind that the caller asks for."""

import io
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import soundfile
import soxr


class Kind(StrEnum):
    """Kinds of files that are written, by libsndfile's names."""

    FLAC = "FLAC"
    OGG = "OGG"
    MP3 = "MP3"
    WAV = "WAV"


CONTENT_TYPES = {
    Kind.FLAC: "audio/flac",
    Kind.OGG: "audio/ogg",
    Kind.MP3: "audio/mpeg",
    Kind.WAV: "audio/wav",
}
_ACCEPTED = {
    "flac": Kind.FLAC,
    "x-flac": Kind.FLAC,
    "ogg": Kind.OGG,
    "vorbis": Kind.OGG,
    "mpeg": Kind.MP3,
    "mp3": Kind.MP3,
    "wav": Kind.WAV,
    "x-wav": Kind.WAV,
    "wave": Kind.WAV,
    "vnd.wave": Kind.WAV,
}
_RATES_OF_MP3 = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_BLOCK = 1 << 16  # frames; libsndfile's Vorbis overruns the stack where it is given much at once


def accepted(accept: str) -> Kind:
    """Choose by an Accept header what the caller likes best of our kinds; FLAC where none is named."""
    kind, liked = max((_liked(entry) for entry in accept.split(",")), key=lambda like: like[1])
    return kind if kind and liked > 0 else Kind.FLAC


def _liked(entry: str) -> tuple[Kind | None, float]:
    """Read one entry of an Accept header: the kind, and how much it is liked; 0 for others' kinds."""
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    kind = _ACCEPTED.get(name.removeprefix("audio/")) if name.startswith("audio/") else None
    return kind, _quality(parameters) if kind else 0.0


def _quality(parameters: list[str]) -> float:
    try:
        return next((float(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
    except ValueError:
        return 1.0


def encode(sound: npt.NDArray[np.float32], rate: int, kind: Kind) -> bytes:
    """Write samples, float32 (samples,) or (samples, channels) within ±1, as a file.

    MP3 knows few rates: another one is raised to the next that it knows.
    """
    if kind is Kind.MP3 and rate not in _RATES_OF_MP3:
        written = next((known for known in _RATES_OF_MP3 if known > rate), _RATES_OF_MP3[-1])
        return encode(soxr.resample(sound, rate, written), written, kind)
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    content = io.BytesIO()
    with soundfile.SoundFile(content, "w", rate, channels, format=kind.value) as file:
        for start in range(0, len(sound), _BLOCK):
            file.write(sound[start : start + _BLOCK])
    return content.getvalue()
