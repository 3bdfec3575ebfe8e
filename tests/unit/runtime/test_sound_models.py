"""What the files of models for sounds say of them."""

import json

import pytest

from tenfold_api.tasks import Task
from tenfold_runtime.folder import ModelFolder
from tenfold_runtime.heads import head_of


def folder(path, architecture, **files):
    (path / "config.json").write_text(json.dumps({"architectures": [architecture]}))
    for name, content in files.items():
        (path / f"{name}.json").write_text(json.dumps(content))
    return ModelFolder(path)


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        ("Wav2Vec2ForCTC", "automatic-speech-recognition"),
        ("WhisperForConditionalGeneration", "automatic-speech-recognition"),
        ("Speech2TextForConditionalGeneration", "automatic-speech-recognition"),
        ("MoonshineForConditionalGeneration", "automatic-speech-recognition"),
        ("SpeechT5ForSpeechToText", "automatic-speech-recognition"),
        ("SpeechEncoderDecoderModel", "automatic-speech-recognition"),
        ("ASTForAudioClassification", "audio-classification"),
        ("VitsModel", "text-to-speech"),
        ("BarkModel", "text-to-speech"),
        ("SpeechT5ForTextToSpeech", "text-to-speech"),
        ("MusicgenForConditionalGeneration", "text-to-audio"),
        ("SpeechT5ForSpeechToSpeech", "audio-to-audio"),
    ],
)
def test_the_architecture_tells_the_task(tmp_path, architecture, task):
    assert folder(tmp_path, architecture).task() is Task(task)


def test_a_classifier_of_sequences_is_for_sounds_where_its_inputs_are(tmp_path):
    heard = folder(
        tmp_path, "Wav2Vec2ForSequenceClassification", preprocessor_config={"sampling_rate": 16000}
    )

    assert heard.task() is Task.AUDIO_CLASSIFICATION


def test_a_classifier_of_sequences_is_for_texts_elsewhere(tmp_path):
    assert folder(tmp_path, "BertForSequenceClassification").task() is Task.TEXT_CLASSIFICATION


@pytest.mark.parametrize(
    ("task", "architecture", "head"),
    [
        ("automatic-speech-recognition", "HubertForCTC", "AutoModelForCTC"),
        ("automatic-speech-recognition", "WhisperForConditionalGeneration", "AutoModelForSpeechSeq2Seq"),
        ("text-to-speech", "VitsModel", "AutoModelForTextToWaveform"),
        ("text-to-audio", "SpeechT5ForTextToSpeech", "AutoModelForTextToSpectrogram"),
    ],
)
def test_the_head_is_that_of_the_architecture(task, architecture, head):
    assert head_of(Task(task), architecture)[0] == head
