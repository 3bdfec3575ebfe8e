"""Embeddings as OpenAI's client asks for them."""

import base64

import numpy as np
import openai
import pytest

import tiny_models
from live import live
from served import BuildHere, settings
from tenfold_runtime.service import Service

TEXTS = ["A cat sits on the mat.", "No."]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    root = tmp_path_factory.mktemp("embeddings")
    service = Service(settings(tiny_models.make(root / "bert", "BertModel"), root / "cache"), BuildHere())
    with live(service) as url, openai.OpenAI(base_url=url + "/v1", api_key="none") as client:
        yield client


def test_openai_reads_embeddings_of_length_one(client):
    answer = client.embeddings.create(model="any", input=TEXTS)

    vectors = np.array([one.embedding for one in answer.data])
    assert vectors.shape == (2, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert answer.usage.prompt_tokens > 2


def test_both_encodings_give_the_same_vectors(client):
    encoded = client.embeddings.create(model="any", input=TEXTS, encoding_format="base64")
    plain = client.embeddings.create(model="any", input=TEXTS, encoding_format="float")

    pairs = zip(encoded.data, plain.data, strict=True)
    decoded = ((np.frombuffer(base64.b64decode(a.embedding), "<f4"), b) for a, b in pairs)
    assert all(np.allclose(vector, one.embedding, atol=1e-6) for vector, one in decoded)


def test_a_model_that_gives_no_text_says_so(client):
    with pytest.raises(openai.NotFoundError, match="does not answer /v1/completions"):
        client.completions.create(model="any", prompt="a")
