"""Speech to text, beside transformers' own pipeline on the same weights."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from huggingface_hub.inference._generated.types import AutomaticSpeechRecognitionOutput

import tiny_audio
from same import same
from served import Served, serve
from tenfold_api.spec import Engine
from tenfold_runtime import deadline
from tenfold_runtime.errors import RequestError, TooSlow
from tiny_sounds import chirp, file

SHORT, LONG = chirp(1.5), chirp(33)
NAMES = ("wav2vec2", "whisper")
# Texts that do not take long. By default transformers follows five at once.
BRIEF: dict[str, dict[str, int]] = {"wav2vec2": {}, "whisper": {"num_beams": 1, "max_new_tokens": 12}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {name: tiny_audio.make(root / name, name) for name in NAMES}


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> Callable[..., Any]:
    """What transformers' pipeline answers to a sound."""
    task = "automatic-speech-recognition"
    pipelines = {name: transformers.pipeline(task, str(folders[name]), device="cpu") for name in NAMES}
    return lambda name, sound, **options: pipelines[name](sound.copy(), **options)


@pytest.fixture(scope="module", params=["auto", "transformers"])
def recognizers(request: pytest.FixtureRequest, folders: dict[str, Path], cache: Path) -> dict[str, Served]:
    """The runtime's answers, on either engine."""
    return {name: serve(folders[name], cache, engine=request.param) for name in NAMES}


def spoken(sound: Any, **parameters: Any) -> dict[str, Any]:
    data = base64.b64encode(file(sound, subtype="FLOAT")).decode()
    return {"inputs": data, "parameters": parameters}


def test_auto_takes_onnx_runtime(folders: dict[str, Path], cache: Path) -> None:
    engines = {serve(folders[name], cache).loaded.manifest.engine for name in NAMES}

    assert engines == {Engine.ONNX}


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_that_of_transformers(recognizers, expected, name):
    answer = recognizers[name].ask(file(SHORT, subtype="FLOAT"))

    assert answer == {"text": expected(name, SHORT)["text"]}
    assert len(answer["text"]) > 5


@pytest.mark.parametrize(
    ("name", "asked", "means"),
    [
        ("wav2vec2", True, "word"),
        ("wav2vec2", "word", "word"),
        ("wav2vec2", "char", "char"),
        ("whisper", True, True),
    ],
)
def test_the_times_are_those_of_transformers(recognizers, expected, name, asked, means):
    answer = recognizers[name].ask(spoken(SHORT, return_timestamps=asked, generation_parameters=BRIEF[name]))

    told = expected(name, SHORT, return_timestamps=means, generate_kwargs=BRIEF[name])
    assert same(answer, as_json(told))
    assert AutomaticSpeechRecognitionOutput.parse_obj_as_instance(answer).chunks[0].timestamp[0] >= 0


@pytest.mark.filterwarnings("ignore:std")
def test_words_of_whisper_are_timed_on_torch(folders, cache, expected):
    whisper = serve(folders["whisper"], cache, engine="transformers")

    answer = whisper.ask(spoken(SHORT, return_timestamps="word", generation_parameters=BRIEF["whisper"]))

    told = expected("whisper", SHORT, return_timestamps="word", generate_kwargs=BRIEF["whisper"])
    assert same(answer, as_json(told))
    assert answer["chunks"]


def test_generation_parameters_reach_the_decoder(recognizers, expected):
    written = {"language": "fr", "task": "translate", "max_new_tokens": 7, "num_beams": 2}

    answer = recognizers["whisper"].ask(spoken(SHORT, generation_parameters=written))

    assert answer == expected("whisper", SHORT, generate_kwargs=written)


def test_generate_kwargs_is_another_name(recognizers):
    by_one, by_other = (
        recognizers["whisper"].ask(spoken(SHORT, **{name: {"max_new_tokens": 3}}))
        for name in ("generation_parameters", "generate_kwargs")
    )

    assert by_one == by_other


def test_a_long_sound_is_cut_into_pieces_for_a_ctc_model(recognizers, expected):
    answer = recognizers["wav2vec2"].ask(spoken(LONG))

    assert answer == expected("wav2vec2", LONG, chunk_length_s=30)


def test_whisper_goes_through_a_long_sound_by_its_own_times(recognizers, expected):
    answer = recognizers["whisper"].ask(spoken(LONG, generation_parameters=BRIEF["whisper"]))

    told = expected("whisper", LONG, return_timestamps=True, generate_kwargs=BRIEF["whisper"])
    assert answer == {"text": told["text"]}


@pytest.mark.parametrize(("name", "stride"), [("wav2vec2", 2), ("wav2vec2", [3, 1.5]), ("whisper", [3, 1.5])])
def test_pieces_are_as_long_as_asked_for(recognizers, expected, name, stride):
    pieces = {"chunk_length_s": 20, "stride_length_s": stride}

    answer = recognizers[name].ask(spoken(LONG, **pieces, generation_parameters=BRIEF[name]))

    assert answer == expected(name, LONG, **pieces, generate_kwargs=BRIEF[name])


@pytest.mark.parametrize(
    ("name", "parameters", "problem"),
    [
        (
            "whisper",
            {"return_timestamps": "char"},
            "`parameters.return_timestamps`: this model, on this engine, knows",
        ),
        ("whisper", {"return_timestamps": "line"}, "`parameters.return_timestamps"),
        (
            "wav2vec2",
            {"generation_parameters": {"top_k": 3}},
            "`parameters.generation_parameters.top_k`: this model",
        ),
        (
            "whisper",
            {"generation_parameters": {"topk": 3}},
            r"`parameters\.generation_parameters`: .* are not used by the model: \['topk'\]",
        ),
        (
            "whisper",
            {"generation_parameters": {"num_beams": 99}},
            "`parameters.generation_parameters.num_beams`: ",
        ),
        (
            "whisper",
            {"generation_parameters": {"penalty_alpha": 0.5}},
            "`parameters.generation_parameters.penalty",
        ),
        (
            "whisper",
            {"generation_parameters": {"max_new_tokens": 4000}},
            "`parameters.generation_parameters`: ",
        ),
        (
            "whisper",
            {"generation_parameters": {"language": "xx"}},
            "`parameters.generation_parameters`: Unsupported",
        ),
        ("wav2vec2", {"chunk_length_s": 0.01}, "`parameters.chunk_length_s`"),
        ("wav2vec2", {"chunk_length_s": 90}, "`parameters.chunk_length_s`"),
        (
            "wav2vec2",
            {"chunk_length_s": 8, "stride_length_s": 4},
            "`parameters.stride_length_s`: 8 s on both sides",
        ),
        ("wav2vec2", {"chunk_length_s": 8, "stride_length_s": [1, 2, 3]}, "`parameters.stride_length_s"),
        (
            "wav2vec2",
            {"timestamps": True},
            "`parameters.timestamps`: unknown parameter; known are chunk_length_s",
        ),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_and_the_next_request_served(
    recognizers, name, parameters, problem
):
    with pytest.raises(RequestError, match=problem):
        recognizers[name].ask(spoken(SHORT, **parameters))

    assert recognizers[name].ask(spoken(SHORT))["text"]


def test_words_of_whisper_are_refused_on_onnx_runtime(folders, cache):
    whisper = serve(folders["whisper"], cache)

    with pytest.raises(
        RequestError, match=r"`parameters\.return_timestamps`: this model, on this engine, knows: true"
    ):
        whisper.ask(spoken(SHORT, return_timestamps="word"))


@pytest.mark.parametrize("name", NAMES)
def test_a_network_stops_when_the_time_is_over(recognizers, name):
    task = recognizers[name].loaded.task

    with deadline.until(0.0), pytest.raises(TooSlow):
        task.answer(task.request.model_validate(task.example_body()), None)


def as_json(answer: dict[str, Any]) -> dict[str, Any]:
    """The pipeline's answer as it is on the wire: lists for tuples, null for an open end."""
    chunks = [{**chunk, "timestamp": list(chunk["timestamp"])} for chunk in answer["chunks"]]
    return {**answer, "chunks": chunks}
