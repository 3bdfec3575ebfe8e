"""One file of weights, two ways to run it: over all cores, and beside other runs on one."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from served import load
from tenfold_api.tasks import Task

MAPS = Path("/proc/self/maps")
TEXTS = ["A cat sits on the mat.", "No."]


@pytest.fixture(params=["none", "int8"])
def loaded(request, classifier, tmp_path):
    return load(classifier, tmp_path, optimization={"quantization": request.param, "maxDrift": 1})


@pytest.fixture
def encodings(loaded):
    task = loaded.tasks[Task.TEXT_CLASSIFICATION]
    return task.encode(task.request.model_validate({"inputs": TEXTS}))


def test_a_run_beside_others_gives_the_same_answers(loaded, encodings):
    with ThreadPoolExecutor(4) as threads:
        answers = threads.map(loaded.network.run_beside, [encodings] * 8)

    alone = loaded.network.run(encodings)
    assert all(np.allclose(a, b, atol=1e-5) for answer in answers for a, b in zip(answer, alone, strict=True))


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells what is mapped")
def test_weights_are_mapped_from_their_file(loaded, encodings):
    loaded.network.run_beside(encodings)

    assert "weights.bin" in MAPS.read_text(encoding="utf-8")
