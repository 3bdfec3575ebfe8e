"""Sounds over HTTP, with the client that people use."""

import io

import httpx2
import pytest
import soundfile
from huggingface_hub import InferenceClient

import tiny_audio
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service
from tiny_sounds import chirp, file, sine

FLAC = file(chirp(1.5), kind="FLAC")


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """URLs of a recognizer, a classifier, a speaker and a converter of voices."""
    root = tmp_path_factory.mktemp("clients")

    def service(name):
        folder = tiny_audio.make(root / name, name)
        return Service(settings(folder, root / "cache", limits={"maxAudioSeconds": 5}), BuildHere())

    with (
        live(service("wav2vec2")) as recognizer,
        live(service("keywords")) as classifier,
        live(service("vits")) as speaker,
        live(service("converter")) as converter,
    ):
        yield {
            "recognizer": recognizer,
            "classifier": classifier,
            "speaker": speaker,
            "converter": converter,
        }


def test_inference_client_reads_a_text(urls):
    client = InferenceClient(model=urls["recognizer"])

    assert client.automatic_speech_recognition(FLAC).text
    assert client.automatic_speech_recognition(FLAC, extra_body={"return_timestamps": "word"}).chunks


def test_inference_client_reads_labels(urls):
    client = InferenceClient(model=urls["classifier"])

    assert len(client.audio_classification(FLAC)) == 5
    assert len(client.audio_classification(FLAC, top_k=2, function_to_apply="softmax")) == 2


def test_inference_client_reads_speech(urls):
    speech = InferenceClient(model=urls["speaker"]).text_to_speech("hello there")

    assert soundfile.info(io.BytesIO(speech)).format == "FLAC"


def test_inference_client_reads_sounds(urls):
    (converted,) = InferenceClient(model=urls["converter"]).audio_to_audio(file(sine(0.3)))

    assert (converted.label, converted.content_type) == ("speech", "audio/flac")


def test_speech_comes_as_the_kind_that_is_accepted(urls):
    answer = httpx2.post(urls["speaker"], json={"inputs": "hello"}, headers={"accept": "audio/mpeg"})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert soundfile.info(io.BytesIO(answer.content)).format == "MP3"


def test_a_text_alone_is_said_and_its_characters_counted(urls):
    answer = httpx2.post(f"{urls['speaker']}/pipeline/text-to-audio", content="hello")

    assert (answer.status_code, answer.headers["x-compute-characters"]) == (200, "5")


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "audio/flac"])
def test_a_sound_is_heard_whatever_the_content_type_claims(urls, content_type):
    answer = httpx2.post(urls["recognizer"], content=FLAC, headers={"content-type": content_type})

    assert (answer.status_code, answer.headers["x-compute-characters"]) == (200, "-1")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (FLAC[:4000], "Error in `inputs`: the FLAC file is damaged or cut short"),
        (b"hello", "Error in `inputs`: not a sound; one of WAV, FLAC, Ogg, MP3 is expected"),
        (
            file(sine(9), kind="MP3"),
            "Error in `inputs`: the sound lasts 9.0 s or more; at most 5 s are accepted",
        ),
    ],
)
@pytest.mark.parametrize("name", ["recognizer", "classifier", "converter"])
def test_what_cannot_be_heard_is_refused_and_the_next_sound_heard(urls, name, body, problem):
    answer = httpx2.post(urls[name], content=body)

    assert (answer.status_code, answer.json()["error"][0][: len(problem)]) == (400, problem)
    assert httpx2.post(urls[name], content=file(sine(0.2))).status_code == 200
