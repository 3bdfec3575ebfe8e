"""Who waits for a model that is not ready, and for how long."""

import json
from typing import Any

import pytest

from tenfold_gateway.asked import Asked
from tenfold_gateway.cold import Wish, wish
from tenfold_gateway.settings import ColdStart, Settings

WAITS, ANSWERED_AT_ONCE = Wish(patience=60.0), Wish(patience=0.0)


def asked(body: bytes = b"", **headers: str) -> Asked:
    pairs = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Asked("m", headers=pairs, body=body)


def with_options(**options: Any) -> bytes:
    return json.dumps({"inputs": "a", "options": options}).encode()


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        ("unknown/None; hf_hub/2.4.0; python/3.11.2", WAITS),
        ("unknown/None; hf_hub/0.36.2; python/3.11.2; torch/2.13.0", WAITS),
        ("unknown/None; hf_hub/0.29.0.rc1; python/3.9", WAITS),
        ("unknown/None; hf_hub/0.28.1; python/3.11.2", ANSWERED_AT_ONCE),
        (f"hf_hub/{'9' * 5000}.0.0", ANSWERED_AT_ONCE),  # no version: Python reads no such number
        ("unknown/None; hf_hub/0.9; python/3.7", ANSWERED_AT_ONCE),
        ("@huggingface/inference/4.13.30", WAITS),
        ("@huggingface/inference/3.3.0", WAITS),
        ("@huggingface/inference/3.2.9", ANSWERED_AT_ONCE),
        ("node", ANSWERED_AT_ONCE),
        ("curl/8.5.0", ANSWERED_AT_ONCE),
        ("OpenAI/Python 3.54.0", ANSWERED_AT_ONCE),
        ("", ANSWERED_AT_ONCE),
    ],
)
def test_libraries_that_cannot_cope_with_a_503_wait(user_agent, expected):
    assert wish(asked(user_agent=user_agent), Settings()) == expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x_wait_for_model": "true"}, 60.0),
        ({"x_wait_for_model": "1"}, 60.0),
        ({"x_wait_for_model": "false"}, 0.0),
        ({"x_wait_for_model": "0"}, 0.0),
        ({"x_scale_up_timeout": "7"}, 7.0),
        ({"x_scale_up_timeout": "600"}, 60.0),
        ({"x_scale_up_timeout": "0", "user_agent": "hf_hub/2.4.0"}, 0.0),
        ({"x_scale_up_timeout": "-1"}, 0.0),
        ({"x_scale_up_timeout": "nan"}, 0.0),
        ({"x_scale_up_timeout": "soon"}, 0.0),
    ],
)
def test_a_header_asks_to_wait(headers, seconds):
    assert wish(asked(**headers), Settings()) == Wish(patience=seconds)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (with_options(wait_for_model=True), WAITS),
        (with_options(wait_for_model=False), ANSWERED_AT_ONCE),
        (with_options(wait_for_model=True)[:-1], ANSWERED_AT_ONCE),
        (b'["options"]', ANSWERED_AT_ONCE),
        (b'{"options": "wait_for_model"}', ANSWERED_AT_ONCE),
        (b'\xff"options"', ANSWERED_AT_ONCE),
        (with_options(wait_for_model=True) + b" " * 2**16, ANSWERED_AT_ONCE),
        (with_options(dont_load_model=True, wait_for_model=True), Wish(wake=False)),
    ],
)
def test_the_options_of_a_small_json_body_are_read(body, expected):
    assert wish(asked(body), Settings()) == expected


@pytest.mark.parametrize("value", ["0", "false"])
def test_a_header_asks_not_to_load(value):
    assert wish(asked(x_load_model=value), Settings()) == Wish(wake=False)


@pytest.mark.parametrize(
    ("setting", "user_agent", "expected"),
    [
        (ColdStart.ALWAYS, "curl/8.5.0", WAITS),
        (ColdStart.NEVER, "hf_hub/2.4.0", ANSWERED_AT_ONCE),
    ],
)
def test_the_owner_may_decide_for_everyone(setting, user_agent, expected):
    assert wish(asked(user_agent=user_agent), Settings(cold_start=setting)) == expected


def test_who_asks_to_wait_does_so_even_where_nobody_waits_by_default():
    assert wish(asked(x_wait_for_model="1"), Settings(cold_start=ColdStart.NEVER)) == WAITS
