"""Sounds from anyone: what is decoded, and what is refused before it costs anything."""

import base64
import struct
import time
import tracemalloc

import numpy as np
import pytest

from tenfold_runtime import deadline
from tenfold_runtime.body import checked
from tenfold_runtime.errors import InvalidInput, RequestError, TooSlow
from tenfold_runtime.sound.decode import decode
from tenfold_runtime.sound.request import SoundRequest
from tiny_sounds import RATE, chirp, file, sine

KINDS = [("WAV", None), ("WAV", "FLOAT"), ("FLAC", None), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)]


def correlation(heard, expected):
    """How alike two sounds are, from -1 to 1."""
    length = min(len(heard), len(expected))
    return np.corrcoef(heard[:length], expected[:length])[0, 1]


def wav(samples, rate=RATE, channels=1, told=None):
    """A WAV of 16-bit samples. told: what the header says of the length of the samples, in bytes."""
    data = np.asarray(samples, "<i2").tobytes()
    told = len(data) if told is None else told
    form = struct.pack("<IHHIIHH", 16, 1, channels, rate, 2 * rate * channels, 2 * channels, 16)
    riff = min(36 + told, 0xFFFFFFFF)
    return b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt " + form + b"data" + struct.pack("<I", told) + data


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_each_kind_of_file_is_heard(kind, subtype):
    heard = decode(file(sine(), kind=kind, subtype=subtype), RATE, 10)

    assert (heard.dtype, abs(len(heard) - RATE) < 100) == (np.float32, True)
    assert correlation(heard, sine()) > 0.99


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_any_rate_becomes_the_rate_of_the_model(rate):
    heard = decode(file(sine(rate=rate), rate), RATE, 10)

    assert len(heard) == RATE
    assert np.abs(heard - sine())[200:-200].max() < 1e-3


def test_a_long_sound_is_resampled_as_if_it_were_in_one_piece():
    soxr = pytest.importorskip("soxr")
    whole = chirp(20, 48_000)

    heard = decode(file(whole, 48_000, subtype="FLOAT"), RATE, 30)

    np.testing.assert_allclose(heard, soxr.resample(whole, 48_000, RATE), atol=1e-5)


def test_channels_are_mixed_into_one():
    left, right = sine(), sine(hertz=660.0)

    heard = decode(file(np.stack([left, right], axis=1), subtype="FLOAT"), RATE, 10)

    np.testing.assert_allclose(heard, (left + right) / 2, atol=1e-6)


@pytest.mark.parametrize("told", [0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_was_written_into_a_pipe_is_heard(told):
    assert len(decode(wav(np.zeros(RATE), told=told), RATE, 10)) == RATE


@pytest.mark.parametrize(("kind", "subtype"), [kind for kind in KINDS if kind != ("OGG", "OPUS")])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7])
def test_a_truncated_file_is_refused(kind, subtype, part):
    whole = file(chirp(3), kind=kind, subtype=subtype)

    with pytest.raises(InvalidInput, match="Error in `inputs`: "):
        decode(whole[: int(len(whole) * part)], RATE, 10)


def test_a_stream_of_opus_is_heard_as_far_as_it_goes():
    whole = file(chirp(10), kind="OGG", subtype="OPUS")

    heard = decode(whole[: len(whole) // 2], RATE, 20)

    assert 1 < len(heard) / RATE < 9


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"RIFF",
        b"RIFF\0\0\0\0AVI ",
        b"\xff\xf1\x50\x80",
        b"\x1aE\xdf\xa3",
        b"\0\0\0\x18ftypM4A ",
        b".snd",
    ],
)
def test_what_is_no_sound_is_refused(data):
    with pytest.raises(InvalidInput, match="`inputs`: not a sound; one of WAV, FLAC, Ogg, MP3 is expected"):
        decode(data, RATE, 10)


@pytest.mark.parametrize("head", [b"fLaC", b"OggS", b"ID3", b"\xff\xfb\x90\x00", b"RIFF\0\0\0\0WAVE"])
def test_what_only_begins_like_a_sound_is_refused(head):
    with pytest.raises(InvalidInput, match=r"`inputs`: the \w+ file is damaged"):
        decode(head + bytes(3000), RATE, 10)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_samples_that_are_no_numbers_are_refused(value):
    sound = sine()
    sound[100] = value

    with pytest.raises(InvalidInput, match="`inputs`: the sound has samples that are not finite"):
        decode(file(sound, subtype="FLOAT"), RATE, 10)


@pytest.mark.parametrize("seconds", [0, 0.01, 0.09])
def test_a_sound_too_short_to_hear_is_refused(seconds):
    with pytest.raises(InvalidInput, match=r"`inputs`: the sound lasts [\d.]+ s; at least 0.1 s are needed"):
        decode(wav(np.zeros(int(seconds * RATE))), RATE, 10)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (wav(np.zeros(1000), rate=1), "1 samples a second; from 2000 to 384000 are accepted"),
        (wav(np.zeros(1000), rate=2_000_000_000), "2000000000 samples a second"),
        (wav(np.zeros(RATE), channels=200), "200 channels; at most 8 are accepted"),
    ],
)
def test_a_header_that_no_microphone_writes_is_refused(data, problem):
    with pytest.raises(InvalidInput, match=problem):
        decode(data, RATE, 10)


def test_decoding_ends_when_nobody_waits_any_more():
    with deadline.until(time.monotonic()), pytest.raises(TooSlow):
        decode(file(sine()), RATE, 10)


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3", "OGG"])
def test_a_sound_over_the_limit_is_refused(kind):
    with pytest.raises(InvalidInput, match=r"`inputs`: the sound lasts 12.* at most 10 s are accepted"):
        decode(file(sine(12), kind=kind), RATE, 10)


def test_a_small_file_that_expands_to_hours_is_refused_by_its_header():
    hours = file(np.zeros(RATE * 3600 * 2, np.float32), kind="FLAC")
    tracemalloc.start()

    with pytest.raises(InvalidInput, match=r"the sound lasts 7200\.0 s or more; at most 600 s"):
        decode(hours, RATE, 600)

    assert (len(hours) < 500_000, tracemalloc.get_traced_memory()[1] < 2_000_000) == (True, True)
    tracemalloc.stop()


def test_a_flac_that_does_not_tell_its_length_is_cut_off_at_the_limit():
    hour = bytearray(file(np.zeros(RATE * 3600, np.float32), kind="FLAC"))
    hour[21:26] = bytes([hour[21] & 0xF0, 0, 0, 0, 0])  # STREAMINFO's 36 bits of samples
    tracemalloc.start()

    with pytest.raises(InvalidInput, match=r"the sound lasts \d+.\d s or more; at most 60 s"):
        decode(bytes(hour), RATE, 60)

    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "`inputs`: field required"),
        ({"inputs": 5}, "`inputs`: must be a sound in base64"),
        ({"inputs": "https://example.com/a.wav"}, "`inputs`: no URL is fetched; send the file itself"),
        ({"inputs": "hello"}, "`inputs`: not base64"),
    ],
)
def test_a_body_without_a_sound_is_refused(body, problem):
    with pytest.raises(RequestError, match=problem):
        checked(body, SoundRequest)


@pytest.mark.parametrize("name", ["inputs", "audio"])
@pytest.mark.parametrize("prefix", ["", "data:audio/wav;base64,"])
def test_a_sound_comes_in_base64(name, prefix):
    text = prefix + base64.b64encode(file(sine())).decode()

    assert checked({name: text}, SoundRequest).inputs == file(sine())


@pytest.mark.parametrize(("kind", "subtype"), KINDS)
def test_a_damaged_file_is_heard_or_refused(kind, subtype):
    random = np.random.default_rng(0)
    whole = np.frombuffer(file(chirp(0.5), kind=kind, subtype=subtype), np.uint8)

    for _ in range(100):
        damaged = whole.copy()
        damaged[random.integers(0, len(whole), 20)] = random.integers(0, 256, 20)
        try:
            assert np.isfinite(decode(damaged.tobytes(), RATE, 10)).all()
        except InvalidInput as refused:
            assert str(refused).startswith("Error in `inputs`: ")
