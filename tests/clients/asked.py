"""A plugin of pytest: what became of each test, and whether it asked the server, as a line of JSON.

It runs in the client's own environment. ASKED_SERVER is the server's address, ASKED_REPORT the file.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import requests

ASKING: set[str] = set()
_send = requests.adapters.HTTPAdapter.send


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    def send(adapter: Any, request: Any, **options: Any) -> Any:
        if request.url.startswith(os.environ["ASKED_SERVER"]):
            ASKING.add(item.nodeid)
        return _send(adapter, request, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.adapters.HTTPAdapter, "send", send)
        return (yield)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when != "call" and not report.skipped:
        return
    told = {
        "test": report.nodeid.rpartition("::")[2],
        "outcome": report.outcome,
        "asked": report.nodeid in ASKING,
    }
    with Path(os.environ["ASKED_REPORT"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
