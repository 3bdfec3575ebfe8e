"""Sounds as files, of the kind that was asked for."""

import io

import numpy as np
import pytest
import soundfile

from tenfold_runtime.sound.encode import Kind, accepted, encode
from tiny_sounds import RATE, sine


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", Kind.FLAC),
        ("", Kind.FLAC),
        ("audio/*", Kind.FLAC),
        ("application/json", Kind.FLAC),
        ("audio/wav", Kind.WAV),
        ("audio/x-wav", Kind.WAV),
        ("audio/mpeg", Kind.MP3),
        ("Audio/MP3", Kind.MP3),
        ("audio/ogg; codecs=vorbis", Kind.OGG),
        ("audio/aac, audio/mpeg;q=0.8, */*;q=0.1", Kind.MP3),
        ("audio/wav;q=0.2, audio/ogg;q=0.9", Kind.OGG),
        ("audio/wav;q=no", Kind.WAV),
        ("audio/wav;q=0", Kind.FLAC),
        ("image/wav", Kind.FLAC),
    ],
)
def test_the_accept_header_chooses_the_kind(accept, kind):
    assert accepted(accept) is kind


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("rate", [RATE, 24_000, 12_345])
def test_what_is_written_sounds_as_it_was(kind, rate):
    heard, written = soundfile.read(io.BytesIO(encode(sine(rate=rate), rate, kind)), dtype="float32")

    assert len(heard) / written == pytest.approx(1.0, abs=0.01)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(np.sqrt(np.mean(sine() ** 2)), rel=0.05)


def test_two_channels_stay_two():
    heard, _ = soundfile.read(io.BytesIO(encode(np.stack([sine(), -sine()], axis=1), RATE, Kind.WAV)))

    assert heard.shape == (RATE, 2)


@pytest.mark.parametrize("kind", Kind)
def test_minutes_are_written(kind):
    assert soundfile.info(io.BytesIO(encode(sine(180), RATE, kind))).duration == pytest.approx(180, abs=0.2)


def test_what_is_too_loud_is_clipped():
    heard, _ = soundfile.read(io.BytesIO(encode(4 * sine(), RATE, Kind.FLAC)))

    assert 0.99 < heard.max() <= 1.0
