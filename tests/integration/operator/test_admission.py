"""What a real API server makes of the CRD: what it refuses, and what kubectl shows."""

import re

import pytest

from model_specs import INVALID, OTHER_IDS, SAME_ID, VALID
from operator_real import Refused
from tenfold_api import names


@pytest.fixture
def create(real):
    def create(spec):
        path = f"/apis/{names.API_VERSION}/namespaces/models/{names.PLURAL}"
        document = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": {"name": "mine"}}
        return real.ask("POST", path, {**document, "spec": spec})

    return create


@pytest.fixture
def replace(real):
    def replace(spec):
        path = f"/apis/{names.API_VERSION}/namespaces/models/{names.PLURAL}/mine"
        return real.ask("PUT", path, {**real.ask("GET", path), "spec": spec})

    return replace


@pytest.mark.parametrize("spec", VALID)
def test_a_valid_spec_is_stored(create, spec):
    stored = create(spec)["spec"]
    assert stored["source"].keys() == spec["source"].keys()
    assert stored["autoscaling"]["metric"] == "concurrency"


@pytest.mark.parametrize(("spec", "_", "message"), INVALID)
def test_an_invalid_spec_is_refused_with_what_would_be_right(create, spec, _, message):
    with pytest.raises(Refused, match=re.escape(message)) as refusal:
        create(spec)
    assert refusal.value.status == 422


@pytest.mark.parametrize(("old", "new"), OTHER_IDS)
def test_the_model_id_cannot_be_changed(create, replace, old, new):
    create(old)
    with pytest.raises(Refused, match="modelId cannot be changed; apply another InferenceModel instead"):
        replace(new)


@pytest.mark.parametrize(("old", "new"), SAME_ID)
def test_what_leaves_the_model_id_as_it_is_may_change(create, replace, old, new):
    create(old)
    assert replace(new)["metadata"]["generation"] == 2


def test_a_field_that_does_not_exist_is_named_by_strict_validation(real):
    path = f"/apis/{names.API_VERSION}/namespaces/models/{names.PLURAL}?fieldValidation=Strict"
    document = {"apiVersion": names.API_VERSION, "kind": names.KIND, "metadata": {"name": "mine"}}
    spec = {"source": {"hub": {"repo": "org/model"}}, "replica": 2}
    with pytest.raises(Refused, match=r'unknown field "spec\.replica"'):
        real.ask("POST", path, {**document, "spec": spec})
