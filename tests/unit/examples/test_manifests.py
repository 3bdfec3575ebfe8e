"""The manifests of the examples: valid, and serving what prepare.py makes."""

from pathlib import Path

import pytest
import yaml

from tenfold_api.inference_model import InferenceModel

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize(
    ("name", "model_id", "path"),
    [
        ("minilm", "sentence-transformers/all-MiniLM-L6-v2", "./models/all-MiniLM-L6-v2"),
        ("sentiment", "tenfold/sentiment", "./models/sentiment"),
    ],
)
def test_the_manifest_serves_a_prepared_folder(name, model_id, path):
    manifest = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8"))

    model = InferenceModel.model_validate(manifest)

    assert model.metadata.name == name
    assert model.spec.model_id == model_id
    assert model.spec.source.path == path


def test_every_manifest_is_tested_here():
    assert {path.stem for path in EXAMPLES.glob("*.yaml")} == {"minilm", "sentiment"}
