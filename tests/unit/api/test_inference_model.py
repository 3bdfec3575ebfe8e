import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from tenfold_api.inference_model import InferenceModel
from tenfold_api.spec import MODEL_ID, Engine, Metric, Quantization, Visibility
from tenfold_api.tasks import Task


def model(**spec):
    return InferenceModel.of("minilm", {"source": {"hub": {"repo": "org/minilm"}}, **spec})


def test_the_model_id_is_the_repository_unless_it_is_given():
    assert model().model_id == "org/minilm"
    assert model(modelId="mine").model_id == "mine"


def test_what_is_not_said_has_its_default():
    spec = model().spec
    assert spec.engine is Engine.AUTO
    assert spec.autoscaling.idle_after.seconds == 900
    assert spec.limits.max_body_bytes.bytes == 32 * 2**20


def test_json_says_only_what_was_said():
    assert json.loads(model(limits={"timeout": "5s"}).to_json()) == {
        "apiVersion": "tenfold.dev/v1alpha1",
        "kind": "InferenceModel",
        "metadata": {"name": "minilm"},
        "spec": {"source": {"hub": {"repo": "org/minilm"}}, "limits": {"timeout": "5s"}},
    }


def test_null_is_as_good_as_absent():
    assert (
        model(limits=None, image=None, autoscaling={"target": None}).to_json()
        == model(autoscaling={}).to_json()
    )


def test_a_source_of_null_is_no_source():
    with pytest.raises(ValidationError, match="exactly one of hub, path, pvc and uri"):
        InferenceModel.of("minilm", {"modelId": "minilm", "source": {"path": None}})


def test_kubernetes_own_metadata_is_kept():
    document = {**json.loads(model().to_json()), "metadata": {"name": "minilm", "labels": {"team": "search"}}}
    assert json.loads(InferenceModel.model_validate(document).to_json()) == document


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"source": {}}, "exactly one of"),
        ({"source": {"path": "x", "uri": "s3://bucket/folder"}}, "exactly one of"),
        ({"source": {"path": "x"}}, "modelId is required unless source.hub.repo names the model"),
        ({"source": {"path": "x"}, "modelId": "/x"}, "pattern"),
        ({"source": {"path": "x"}, "modelId": "x\n"}, "pattern"),
        ({"source": {"hub": {"repo": "a/b/c"}}}, "pattern"),
        ({"source": {"hub": {"repo": "a/b"}}, "engine": "custom"}, "engine custom needs an image"),
        ({"source": {"hub": {"repo": "a/b"}}, "autoscaling": {"minReplicas": 2}}, "at most maxReplicas"),
        ({"source": {"hub": {"repo": "a/b"}}, "gpu": True}, "not permitted"),
    ],
)
def test_a_spec_that_cannot_work_is_refused(spec, message):
    with pytest.raises(ValidationError, match=message):
        InferenceModel.of("minilm", spec)


IDS = some.from_regex(MODEL_ID, fullmatch=True).filter(lambda text: len(text) <= 200)
TEXTS = some.text(min_size=1, max_size=20)
DURATIONS = some.from_regex(r"[0-9]{1,4}(\.[0-9]{1,2})?(ms|s|m|h)", fullmatch=True)
BYTES = some.integers(0, 10**9) | some.from_regex(r"[0-9]{1,4}(k|M|G|T|Ki|Mi|Gi|Ti)?", fullmatch=True)


def objects(**fields):
    """Objects with any of the fields, none of them required."""
    return some.fixed_dictionaries({}, optional=fields)


SOURCES = some.one_of(
    some.fixed_dictionaries({"hub": some.fixed_dictionaries({"repo": IDS}, optional={"revision": TEXTS})}),
    some.fixed_dictionaries({"path": TEXTS}),
    some.fixed_dictionaries({"pvc": some.fixed_dictionaries({"claimName": TEXTS}, optional={"path": TEXTS})}),
    some.fixed_dictionaries({"uri": TEXTS.map(lambda text: f"s3://{text.replace(chr(10), '_')}")}),
)

SPECS = some.fixed_dictionaries(
    {"modelId": IDS, "source": SOURCES},
    optional={
        "task": some.sampled_from(Task),
        "engine": some.sampled_from(Engine),
        "image": TEXTS,
        "visibility": some.sampled_from(Visibility),
        "replicas": some.integers(0, 1000),
        "optimization": objects(quantization=some.sampled_from(Quantization), maxDrift=some.floats(0, 1)),
        "autoscaling": objects(
            minReplicas=some.integers(0, 1),
            maxReplicas=some.integers(1, 1000),
            metric=some.sampled_from(Metric),
            target=some.integers(1, 10000),
            idleAfter=DURATIONS,
        ),
        "batching": objects(maxBatchSize=some.integers(1, 1024), maxWait=DURATIONS),
        "limits": objects(timeout=DURATIONS, maxBodyBytes=BYTES, maxInputTokens=some.integers(1, 10**7)),
        "security": objects(allowPickle=some.booleans(), trustRemoteCode=some.booleans()),
        "nodeSelector": some.dictionaries(TEXTS, TEXTS, max_size=3),
        "env": some.lists(some.fixed_dictionaries({"name": TEXTS, "value": TEXTS}), max_size=3),
        "podTemplate": some.dictionaries(TEXTS, some.none() | some.integers() | TEXTS, max_size=3),
    },
).filter(lambda spec: spec.get("engine") != Engine.CUSTOM or "image" in spec)


@settings(deadline=None)
@given(SPECS)
def test_every_valid_spec_comes_back_from_json_as_it_was(spec):
    original = InferenceModel.of("minilm", spec)
    copy = InferenceModel.model_validate_json(original.to_json())
    assert copy == original
    assert copy.to_json() == original.to_json()
