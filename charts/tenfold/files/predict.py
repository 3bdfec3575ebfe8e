"""Asks the gateway for a prediction, and again while the model is on its way."""

import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["URL"]
BODY = os.environ["REQUEST"].encode()
DEADLINE = time.monotonic() + float(os.environ["TIMEOUT"])
PAUSE = 3  # seconds


def ask() -> tuple[int, str]:
    """Give the status and the answer; status 0 when nobody answered."""
    headers = {"content-type": "application/json", "x-wait-for-model": "true"}
    request = urllib.request.Request(URL, BODY, headers)  # noqa: S310 - the chart's own URL
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


while True:
    status, answer = ask()
    print(f"{URL} answered {status}: {answer[:300]}", flush=True)
    if status == 200:
        sys.exit(0)
    # 404: the gateway has not seen the InferenceModel yet.
    if status not in (0, 404, 503) or time.monotonic() + PAUSE > DEADLINE:
        sys.exit(1)
    time.sleep(PAUSE)
