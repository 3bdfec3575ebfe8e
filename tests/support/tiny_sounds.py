"""Sounds as files, made by the same library that reads them, or by hand where it would not."""

import io

import numpy as np
import numpy.typing as npt
import soundfile

RATE = 16_000


def sine(seconds: float = 1.0, rate: int = RATE, hertz: float = 440.0) -> npt.NDArray[np.float32]:
    """A tone of constant loudness: (samples,), within ±0.5."""
    moments = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * moments)).astype(np.float32)


def chirp(seconds: float = 1.0, rate: int = RATE) -> npt.NDArray[np.float32]:
    """A tone that rises from 100 to 3000 Hz and gets louder, so that every moment differs."""
    moments = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (100 * moments + 1450 / seconds * moments**2)
    return (0.5 * moments / seconds * np.sin(phase)).astype(np.float32)


def file(
    sound: npt.NDArray[np.float32], rate: int = RATE, kind: str = "WAV", subtype: str | None = None
) -> bytes:
    """The sound, (samples,) or (samples, channels), as a file."""
    written = io.BytesIO()
    channels = 1 if sound.ndim == 1 else sound.shape[1]
    with soundfile.SoundFile(written, "w", rate, channels, subtype, format=kind) as out:
        for start in range(0, len(sound), 65536):
            out.write(sound[start : start + 65536])
    return written.getvalue()
