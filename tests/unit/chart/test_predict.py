"""The program of `helm test`, against a server that stands for the gateway."""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import helm

REQUEST = '{"inputs": "hello"}'


def test_it_succeeds_with_the_first_prediction():
    with gateway(200) as (url, asked):
        assert ask(url).returncode == 0
    assert asked == [("/models/a/b", "true", REQUEST)]


def test_it_fails_with_an_answer_that_waiting_does_not_mend():
    with gateway(400) as (url, _):
        done = ask(url)
    assert done.returncode == 1
    assert "answered 400" in done.stdout


def test_it_asks_no_more_when_its_time_is_up():
    with gateway(503) as (url, asked):
        assert ask(url).returncode == 1
    assert len(asked) == 1


def test_it_fails_when_nobody_answers():
    assert ask("http://127.0.0.1:1/models/a/b").returncode == 1


def ask(url):
    environment = {**os.environ, "URL": url, "REQUEST": REQUEST, "TIMEOUT": "1"}
    command = [sys.executable, helm.CHART / "files" / "predict.py"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)


@contextmanager
def gateway(status):
    """Answer everything with a status, and note the path, the wish to wait and the body of each request."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            asked.append((self.path, self.headers["x-wait-for-model"], body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/models/a/b", asked
        server.shutdown()
        thread.join()
