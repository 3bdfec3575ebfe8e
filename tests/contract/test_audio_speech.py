"""Texts and voices as sounds, beside transformers' own pipeline and models on the same weights."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import torch
import transformers
from huggingface_hub.inference._generated.types import AudioToAudioOutputElement

import tiny_audio
from served import Served, serve
from tenfold_api.clients import Client
from tenfold_api.spec import Engine
from tenfold_api.tasks import Task
from tenfold_runtime import deadline
from tenfold_runtime.answering import Media
from tenfold_runtime.errors import CannotLoad, RequestError, TooSlow
from tiny_sounds import chirp, file

TEXT = "A quick brown fox."
SPEAKER = [0.5, -1.0, 2.0, 0.1]
NAMES = ("vits", "speecht5", "musicgen", "converter")
WAV = Client(accept="audio/wav")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {name: tiny_audio.make(root / name, name) for name in NAMES}


@pytest.fixture(scope="module")
def speakers(folders: dict[str, Path], cache: Path) -> dict[str, Served]:
    return {name: serve(folders[name], cache) for name in NAMES}


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> Callable[..., Any]:
    """What transformers' pipeline says."""

    def said(name: str, text: str, **options: Any) -> Any:
        vocoder = {"vocoder": _vocoder(folders[name])} if name == "speecht5" else {}
        pipeline = transformers.pipeline("text-to-audio", str(folders[name]), device="cpu", **vocoder)
        return np.ravel(pipeline(text, **options)["audio"])

    return said


def _vocoder(folder: Path) -> Any:
    return transformers.SpeechT5HifiGan.from_pretrained(folder / "vocoder")


def spoken(served: Served, text: str, client: Client = WAV, **parameters: Any) -> Media:
    task = served.loaded.task
    return task.answer(task.request.model_validate({"inputs": text, "parameters": parameters}), client)


def samples(answer: Media) -> npt.NDArray[np.float32]:
    return soundfile.read(io.BytesIO(answer.content), dtype="float32")[0]


def test_a_text_is_said_as_transformers_says_it(speakers, expected):
    np.testing.assert_allclose(samples(spoken(speakers["vits"], TEXT)), expected("vits", TEXT), atol=1e-3)


@pytest.mark.parametrize("speaker", [None, SPEAKER])
def test_a_spectrogram_becomes_a_sound_with_the_vocoder_in_the_folder(speakers, expected, speaker):
    given = {"speaker_embeddings": torch.tensor([speaker or [0.0] * 4])}

    heard = samples(spoken(speakers["speecht5"], TEXT, speaker_embeddings=speaker))

    np.testing.assert_allclose(heard, expected("speecht5", TEXT, forward_params=given), atol=1e-3)


@pytest.mark.parametrize(
    "parameters",
    [
        {"max_new_tokens": 9},
        {"generation_parameters": {"max_new_tokens": 9}},
        {"generation_parameters": {"max_new_tokens": 9}, "max_new_tokens": 50},
    ],
)
def test_generation_parameters_stand_flat_or_nested(speakers, expected, parameters):
    heard = samples(spoken(speakers["musicgen"], TEXT, **parameters))

    np.testing.assert_allclose(
        heard, expected("musicgen", TEXT, generate_kwargs={"max_new_tokens": 9}), atol=1e-3
    )


@pytest.mark.parametrize(
    ("accept", "content_type", "begins"),
    [
        ("*/*", "audio/flac", b"fLaC"),
        ("audio/flac", "audio/flac", b"fLaC"),
        ("audio/ogg", "audio/ogg", b"OggS"),
        ("audio/mpeg", "audio/mpeg", b"\xff"),
        ("audio/wav, */*;q=0.1", "audio/wav", b"RIFF"),
        ("application/json", "audio/flac", b"fLaC"),
    ],
)
def test_the_caller_chooses_the_kind_of_file(speakers, accept, content_type, begins):
    answer = spoken(speakers["vits"], TEXT, Client(accept=accept))

    assert (answer.content_type, answer.content[: len(begins)]) == (content_type, begins)


def test_both_names_of_the_task_are_answered(folders, cache):
    named = serve(folders["vits"], cache, task="text-to-audio")

    assert named.loaded.manifest.task is Task.TEXT_TO_AUDIO
    assert isinstance(spoken(named, TEXT), Media)


def test_the_task_is_told_by_the_files(speakers):
    told = {name: speakers[name].loaded.manifest for name in NAMES}

    assert {name: manifest.task.value for name, manifest in told.items()} == {
        "vits": "text-to-speech",
        "speecht5": "text-to-speech",
        "musicgen": "text-to-audio",
        "converter": "audio-to-audio",
    }
    assert {manifest.engine for manifest in told.values()} == {Engine.TRANSFORMERS}


@pytest.mark.parametrize(
    ("name", "body", "problem"),
    [
        ("vits", {}, "`inputs`: field required"),
        ("vits", {"inputs": ""}, "`inputs`: string should have at least 1 character"),
        ("vits", {"inputs": [TEXT]}, "`inputs`: must be a string"),
        ("vits", {"inputs": "12345 67"}, "`inputs`: nothing in it that this model can say"),
        ("vits", {"inputs": "word " * 1000}, r"`inputs`: \d+ tokens; at most 2000 are accepted"),
        ("speecht5", {"inputs": "word " * 40}, "`inputs`: 200 tokens; at most 100 are accepted"),
        (
            "vits",
            {"inputs": "a", "parameters": {"voice": "x"}},
            r"`parameters`: .* are not used by the model: \['voice'\]",
        ),
        (
            "vits",
            {"inputs": "a", "parameters": {"temperature": 2}},
            "`parameters.temperature`: this model does not",
        ),
        (
            "vits",
            {"inputs": "a", "parameters": {"speaker_id": 3}},
            "`parameters.speaker_id`: this model has 1 speak",
        ),
        (
            "vits",
            {"inputs": "a", "parameters": {"speaker_embeddings": [1]}},
            "`parameters.speaker_embeddings`: 1 num",
        ),
        (
            "speecht5",
            {"inputs": "a", "parameters": {"speaker_embeddings": [1]}},
            "1 numbers; this model takes 4",
        ),
        ("musicgen", {"inputs": "a", "parameters": {"top_p": 7}}, "`parameters.top_p`: input should be less"),
        (
            "musicgen",
            {"inputs": "a", "parameters": {"max_new_tokens": 4000}},
            "`parameters.generation_parameters`: ",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_and_the_next_text_said(speakers, name, body, problem):
    with pytest.raises(RequestError, match=problem):
        speakers[name].ask(body)

    assert len(samples(spoken(speakers[name], TEXT))) > 1000


def test_a_voice_is_that_of_transformers(folders, speakers):
    model = transformers.SpeechT5ForSpeechToSpeech.from_pretrained(folders["converter"])
    extractor = transformers.SpeechT5FeatureExtractor.from_pretrained(folders["converter"])
    heard = extractor(audio=chirp(0.5), sampling_rate=16_000, return_tensors="pt")
    expected = model.generate_speech(
        **heard, speaker_embeddings=torch.tensor([SPEAKER]), vocoder=_vocoder(folders["converter"])
    )
    body = {
        "inputs": base64.b64encode(file(chirp(0.5), subtype="FLOAT")).decode(),
        "parameters": {"speaker_embeddings": SPEAKER},
    }

    (answer,) = speakers["converter"].ask(body)

    blob = base64.b64decode(answer["blob"])
    np.testing.assert_allclose(soundfile.read(io.BytesIO(blob))[0], expected, atol=1e-3)
    assert (answer["label"], answer["content-type"]) == ("speech", "audio/flac")
    assert AudioToAudioOutputElement.parse_obj_as_instance(answer).content_type == "audio/flac"


def test_a_damaged_sound_is_refused_and_the_next_one_answered(speakers):
    with pytest.raises(RequestError, match="`inputs`: the FLAC file is damaged or cut short"):
        speakers["converter"].ask(file(chirp(1), kind="FLAC")[:5000])

    assert speakers["converter"].ask(file(chirp(0.3)))


@pytest.mark.parametrize("name", NAMES)
def test_a_network_stops_when_the_time_is_over(speakers, name):
    task = speakers[name].loaded.task
    request = task.request.model_validate(task.example_body())

    with deadline.until(0.0), pytest.raises(TooSlow):
        task.answer(request, WAV)


def test_a_spectrogram_without_a_vocoder_is_explained(tmp_path, cache):
    folder = tiny_audio.make(tmp_path / "speecht5", "speecht5")
    for place in (folder / "vocoder").iterdir():
        place.unlink()

    with pytest.raises(CannotLoad, match="ends in a spectrogram: put a SpeechT5HifiGan into a folder of it"):
        serve(folder, cache)
