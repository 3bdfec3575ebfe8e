"""A hub of one's own: the few routes that huggingface_hub's download needs, over a folder of repositories.

A repository is a folder `<root>/<owner>/<name>`; its commit is given. `requests` remembers what was asked.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the fixture serves, and what befell it. A gated model may be read about, and not fetched."""

    root: Path
    url: str = ""
    down: bool = False
    gated: bool = False
    pipeline_tag: str | None = None
    revisions: tuple[str, ...] = ("", "main", "v1.0", COMMIT)
    requests: list[str] = field(default_factory=list)

    def info(self, repo: str) -> dict[str, object]:
        folder = self.root / repo
        files = [
            {"rfilename": file.relative_to(folder).as_posix(), "size": file.stat().st_size}
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        ]
        told = {"pipeline_tag": self.pipeline_tag, "gated": "manual" if self.gated else False, "tags": []}
        return {"id": repo, "sha": COMMIT, "siblings": files, "config": _config(folder), **told}


def _config(folder: Path) -> dict[str, object]:
    """Give what the hub's answers repeat of config.json."""
    try:
        config = json.loads((folder / "config.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {name: config[name] for name in ("architectures", "model_type") if name in config}


@contextmanager
def serving(hub: Hub, host: str = "127.0.0.1", port: int = 0) -> Iterator[Hub]:
    """Serve a hub while the block runs, on a free port of the loopback interface unless told otherwise."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer((host, port), handler)
    hub.url = f"http://{host}:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_GET(self) -> None:
        self._serve(body=True)

    def _serve(self, *, body: bool) -> None:
        self.hub.requests.append(f"{self.command} {self.path}")
        status, headers, content = self._answer(self.path.split("?")[0].strip("/"))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def _answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        if self.hub.down:
            return 500, {}, b""
        if path.startswith("api/models/"):
            repo, _, revision = path.removeprefix("api/models/").partition("/revision/")
            return self._info(repo, unquote(revision))
        if self.hub.gated:
            return 403, {"X-Error-Code": "GatedRepo"}, b""
        repo, _, rest = path.partition("/resolve/")
        return self._file(self.hub.root / repo / rest.partition("/")[2])

    def _info(self, repo: str, revision: str) -> tuple[int, dict[str, str], bytes]:
        if not (self.hub.root / repo).is_dir():
            return 404, {"X-Error-Code": "RepoNotFound"}, b""
        if revision not in self.hub.revisions:
            return 404, {"X-Error-Code": "RevisionNotFound"}, b""
        return 200, {"Content-Type": "application/json"}, json.dumps(self.hub.info(repo)).encode()

    def _file(self, file: Path) -> tuple[int, dict[str, str], bytes]:
        if not file.is_file():
            return 404, {"X-Error-Code": "EntryNotFound"}, b""
        content = file.read_bytes()
        etag = hashlib.sha256(content).hexdigest()
        return 200, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}, content

    def log_message(self, *args: object) -> None:
        pass
