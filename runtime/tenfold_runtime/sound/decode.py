"""A sound's file from anyone to samples: measured by its header, decoded piece by piece up to a limit."""

import io
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from tenfold_runtime import deadline
from tenfold_runtime.errors import InvalidInput
from tenfold_runtime.sound.signature import cut_short, kind_of

Samples: TypeAlias = npt.NDArray[np.float32]

# Shorter sounds are less than what networks look at to tell one moment from the next.
FEWEST_SECONDS = 0.1

# What telephones and studios use, with room on both sides.
_RATES = range(2_000, 384_001)
_MOST_CHANNELS = 8
_BLOCK = 1 << 18  # samples that are decoded at a time, of all channels together
_UNKNOWN = 1 << 62  # what libsndfile says where a header does not tell the length

# Samples are within ±1, or within the range of the integers that they were.
_LOUDEST = float(2**31)


def decode(data: bytes, rate: int, most_seconds: float) -> Samples:
    """Give a file's sound, channels mixed into one: float32 (samples,) at `rate` samples a second.

    Raises InvalidInput where it is no sound, damaged, cut short, too short, or longer than `most_seconds`,
    and TooSlow at the deadline.
    However much a small file expands to, no more than `most_seconds` at `rate` is ever held.
    """
    kind = kind_of(data)
    if cut_short(data, kind):
        raise InvalidInput("inputs", f"the {kind} file is cut short: it tells of more than it has")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _refuse_header(file, most_seconds)
            sound = _decoded(file, rate, most_seconds)
    except soundfile.SoundFileError:  # its words speak of files on a disk
        raise InvalidInput("inputs", f"the {kind} file is damaged or cut short") from None
    return _heard(sound, rate)


def _refuse_header(file: Any, most_seconds: float) -> None:
    """Refuse by what the header says, before anything is decoded."""
    if file.samplerate not in _RATES:
        known = f"from {_RATES.start} to {_RATES.stop - 1}"
        raise InvalidInput("inputs", f"{file.samplerate} samples a second; {known} are accepted")
    if file.channels > _MOST_CHANNELS:
        raise InvalidInput("inputs", f"{file.channels} channels; at most {_MOST_CHANNELS} are accepted")
    if file.frames < _UNKNOWN:
        _refuse_longer(file.frames / file.samplerate, most_seconds)


def _refuse_longer(seconds: float, most: float) -> None:
    if seconds > most:
        told = f"the sound lasts {seconds:.1f} s or more"
        raise InvalidInput("inputs", f"{told}; at most {most:g} s are accepted")


def _decoded(file: Any, rate: int, most_seconds: float) -> Samples:
    """Decode block by block: each is mixed and resampled before the next, so that little is held."""
    resampler = soxr.ResampleStream(file.samplerate, rate, 1, dtype="float32")
    found, frames = [], 0
    while len(block := file.read(_BLOCK // file.channels, dtype="float32", always_2d=True)):
        deadline.check()
        frames += len(block)
        _refuse_longer(frames / file.samplerate, most_seconds)
        found.append(resampler.resample_chunk(_mixed(block)))
    found.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    return np.concatenate(found)


def _mixed(block: Samples) -> Samples:
    """Mix (frames, channels) into (frames,)."""
    if not (np.abs(block) <= _LOUDEST).all():
        raise InvalidInput("inputs", "the sound has samples that are not finite, or far too large")
    mixed: Samples = block.mean(axis=1, dtype=np.float32)
    return mixed


def _heard(sound: Samples, rate: int) -> Samples:
    seconds = len(sound) / rate
    if seconds < FEWEST_SECONDS:
        raise InvalidInput(
            "inputs", f"the sound lasts {seconds:.3f} s; at least {FEWEST_SECONDS:g} s are needed"
        )
    return sound
