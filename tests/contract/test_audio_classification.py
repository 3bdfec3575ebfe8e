"""Labels of sounds, beside transformers' own pipeline on the same weights."""

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from huggingface_hub.inference._generated.types import AudioClassificationOutputElement

import tiny_audio
from same import same
from served import Served, serve
from tenfold_api.spec import Engine
from tenfold_runtime.errors import RequestError
from tiny_sounds import chirp, file

SOUND = chirp(1.5)
NAMES = ("keywords", "spectrograms")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {name: tiny_audio.make(root / name, name) for name in NAMES}


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> Callable[..., Any]:
    """What transformers' pipeline answers."""
    pipelines = {
        name: transformers.pipeline("audio-classification", str(folders[name]), device="cpu")
        for name in NAMES
    }
    return lambda name, **options: pipelines[name](SOUND.copy(), **options)


@pytest.fixture(scope="module", params=["auto", "transformers"])
def classifiers(request: pytest.FixtureRequest, folders: dict[str, Path], cache: Path) -> dict[str, Served]:
    """The runtime's answers, on either engine."""
    return {name: serve(folders[name], cache, engine=request.param) for name in NAMES}


def heard(sound: Any, **parameters: Any) -> dict[str, Any]:
    data = base64.b64encode(file(sound, subtype="FLOAT")).decode()
    return {"inputs": data, "parameters": parameters}


def test_auto_takes_onnx_runtime(folders, cache):
    assert {serve(folders[name], cache).loaded.manifest.engine for name in NAMES} == {Engine.ONNX}


@pytest.mark.parametrize("name", NAMES)
def test_five_labels_are_those_of_transformers(classifiers, expected, name):
    answer = classifiers[name].ask(file(SOUND, subtype="FLOAT"))

    assert same(answer, expected(name, top_k=5))
    assert len(AudioClassificationOutputElement.parse_obj_as_list(answer)) == 5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "parameters", [{"top_k": 1}, {"top_k": None}, {"function_to_apply": "sigmoid", "top_k": 99}]
)
def test_parameters_do_what_they_do_in_transformers(classifiers, expected, name, parameters):
    answer = classifiers[name].ask(heard(SOUND, **parameters))

    assert same(answer, expected(name, **parameters))


def test_raw_outputs_are_given_for_none(classifiers, expected):
    answer = classifiers["keywords"].ask(heard(SOUND, function_to_apply="none"))

    assert same(answer, expected("keywords", function_to_apply="none", top_k=5), within=1e-2)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"top_k": 0}, "`parameters.top_k`: input should be greater than or equal to 1"),
        ({"function_to_apply": "tanh"}, "`parameters.function_to_apply`"),
        ({"topk": 1}, "`parameters.topk`: unknown parameter; known are function_to_apply, top_k"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_and_the_next_request_served(classifiers, parameters, problem):
    classifier = classifiers["keywords"]

    with pytest.raises(RequestError, match=problem):
        classifier.ask(heard(SOUND, **parameters))

    assert len(classifier.ask(heard(SOUND))) == 5


def test_a_network_that_takes_all_at_once_is_given_a_minute_at_most(classifiers):
    with pytest.raises(RequestError, match=r"`inputs`: the sound lasts 61\.0 s or more; at most 60 s"):
        classifiers["keywords"].ask(heard(chirp(61)))


def test_a_network_whose_extractor_cuts_hears_the_beginning_of_a_longer_one(classifiers):
    long = chirp(70)

    answer = classifiers["spectrograms"].ask(heard(long))

    assert same(answer, classifiers["spectrograms"].ask(heard(long[: 2 * 16_000])))


def test_labels_that_may_come_together_have_scores_of_their_own(folders, cache, tmp_path):
    several = tmp_path / "several"
    shutil.copytree(folders["keywords"], several)
    config = json.loads((several / "config.json").read_text())
    (several / "config.json").write_text(json.dumps({**config, "problem_type": "multi_label_classification"}))

    answer, expected = (
        serve(folder, cache).ask(heard(SOUND, **parameters))
        for folder, parameters in ((several, {}), (folders["keywords"], {"function_to_apply": "sigmoid"}))
    )

    assert same(answer, expected)
