"""A runtime in name only: it takes a runtime's arguments and behaves as its model's `spec.env` says.

GATE         loads until this file exists
BEHAVIOUR    ready | crash | fail | kill: what it does once it has loaded
STUBBORN     starts a process of its own and does not listen to SIGTERM
DIARY        the process ids of all that were started are appended to this file
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FAILURE = {"status": 404, "reason": "ModelNotFound", "message": "there is no such model"}
DONE = {"finished": {"start": 0.1, "load": 0.2}, "cached": True, "task": "text-classification"}
READY = {"state": "ready", "compute_type": "cpu+optimized", "load_seconds": 0.3, **DONE}


def main() -> None:
    arguments = _arguments()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    _note(os.getpid())
    if os.environ.get("STUBBORN"):
        _be_stubborn()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.socket(fileno=arguments.fd)
    server.serve_forever()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--exit-with-parent", action="store_true", required=True)
    return parser.parse_args()


def _leave_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def _note(pid: int) -> None:
    if diary := os.environ.get("DIARY"):
        with Path(diary).open("a") as lines:
            lines.write(f"{pid}\n")


def _be_stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _note(subprocess.Popen(["sleep", "600"]).pid)


def _status() -> dict[str, Any]:
    gate = os.environ.get("GATE")
    if gate and not Path(gate).exists():
        return {"state": "loading", "phase": "convert", "phaseSeconds": 1.0}
    match os.environ.get("BEHAVIOUR", "ready"):
        case "crash":
            sys.stderr.write("ERROR out of luck\n")
            sys.stderr.flush()
            os._exit(7)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "fail":
            return {"state": "failed", "failure": FAILURE}
    return {_camel(name): value for name, value in READY.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(_status())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer([[{"label": "FAKE", "score": 1.0}]])

    def _answer(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


if __name__ == "__main__":
    main()
