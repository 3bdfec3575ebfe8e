"""The clients that people use call every task that they have, and read the answer."""

import pytest

# What a version of a client refuses to send to a URL, whoever listens there.
REFUSED = {
    "huggingface_hub-0.36": {"tabular_regression"},
    "huggingface_hub-newest": {"tabular_regression"},
}
ENVIRONMENTS = [
    "huggingface_hub-0.27.1",
    "huggingface_hub-0.36",
    "huggingface_hub-newest",
    "openai-newest",
    "inference.js-2.8.1",
    "inference.js-newest",
]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_method_is_answered_and_its_answer_read(environment, report):
    known = REFUSED.get(environment, set())

    found = report(environment)

    failed = [call for call in found if call["problem"] and call["call"] not in known]
    assert found
    assert not failed
