"""A Kubernetes API server of the tests' own with etcd behind it, from the folder of envtest's variable."""

import json
import os
import secrets
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

import front_proxy

ASSETS = "KUBEBUILDER_ASSETS"

_SECONDS_TO_START = 90
_AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ],
}
# The first asks for Secrets of a controller that does not run; the second for one that takes a finalizer off.
_NEEDING_CONTROLLERS = "ServiceAccount,StorageObjectInUseProtection"


def why_none(*programs: str) -> str | None:
    """Say why the programs cannot be started here; None when they can."""
    folder = os.environ.get(ASSETS)
    if not folder:
        return f"{ASSETS} names no folder with etcd and kube-apiserver"
    wanted = ("etcd", "kube-apiserver", *programs)
    missing = [name for name in wanted if not (Path(folder) / name).is_file()]
    return f"{', '.join(missing)} not in {folder}, which {ASSETS} names" if missing else None


@dataclass
class Server:
    """A running API server: how to reach it, and the files that it was started with."""

    folder: Path
    port: int
    etcd: str
    token: str
    """Of a person who may do everything."""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    @property
    def audit(self) -> Path:
        """JSON, a line for each request of a ServiceAccount."""
        return self.folder / "audit.jsonl"

    def client(self) -> httpx2.Client:
        """Give a client that may do everything."""
        trusted = ssl.create_default_context(cafile=str(self.certificate))
        bearer = {"Authorization": f"Bearer {self.token}"}
        return httpx2.Client(base_url=self.url, verify=trusted, headers=bearer, timeout=60)

    def kubeconfig(self, token: str | None = None, port: int | None = None) -> Path:
        """Write a kubeconfig for the owner of the token; by default for one who may do everything.

        `port` is that of a proxy before the server.
        """
        url = f"https://127.0.0.1:{port or self.port}"
        cluster = {"server": url, "certificate-authority": str(self.certificate)}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": token or self.token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
        file = self.folder / f"kubeconfig-{secrets.token_hex(4)}"
        file.write_text(yaml.safe_dump(content))
        return file

    def start(self) -> None:
        """Start the API server, and wait until it says that it is ready."""
        self.process = _spawn(self.folder, "kube-apiserver", *self._flags())
        with self.client() as client:
            _await_ready(self.process, lambda: client.get("/readyz").is_success, self.folder)

    def stop(self) -> None:
        if self.process is not None:
            _end(self.process)

    def restart(self) -> None:
        """Kill the API server and start it anew: it forgets the events that it had in memory."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.start()

    def _flags(self) -> list[str]:
        return [
            f"--etcd-servers={self.etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self.port}",
            f"--tls-cert-file={self.certificate}",
            f"--tls-private-key-file={self.key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.certificate}",
            f"--service-account-signing-key-file={self.key}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/16",
            f"--disable-admission-plugins={_NEEDING_CONTROLLERS}",
            f"--audit-policy-file={self.folder / 'audit.json'}",
            f"--audit-log-path={self.audit}",
            *self._aggregating(),
        ]

    def _aggregating(self) -> list[str]:
        """Give what it takes to pass requests on to extensions, and to be believed by them."""
        return [
            f"--requestheader-client-ca-file={self.folder / 'front-proxy-ca.crt'}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            f"--proxy-client-cert-file={self.folder / 'front-proxy-client.crt'}",
            f"--proxy-client-key-file={self.folder / 'front-proxy-client.key'}",
        ]


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Start etcd and an API server on free ports, with nothing in them; end both afterwards."""
    with ExitStack() as stack:
        etcd = _etcd(folder)
        stack.callback(_end, etcd[1])
        server = Server(folder, free_port(), etcd[0], secrets.token_hex())
        _write_files(server)
        stack.callback(server.stop)
        server.start()
        yield server


@contextmanager
def controllers(server: Server, *names: str, flags: tuple[str, ...] = ()) -> Iterator[None]:
    """Run the controllers of these names, with their own rights: without, only the API server runs."""
    process = _spawn(
        server.folder,
        "kube-controller-manager",
        f"--kubeconfig={server.kubeconfig()}",
        f"--controllers={','.join(names)}",
        f"--service-account-private-key-file={server.key}",
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        f"--secure-port={free_port()}",
        "--use-service-account-credentials",
        *flags,
    )
    try:
        yield
    finally:
        _end(process)


@contextmanager
def operator(kubeconfig: Path, settings: dict[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the operator as a process of its own."""
    named = {"KUBECONFIG": str(kubeconfig), "TENFOLD_OPERATOR": json.dumps(settings)}
    log = (kubeconfig.parent / "operator.log").open("ab")
    command = [sys.executable, "-m", "tenfold_operator"]
    with log:
        process = subprocess.Popen(command, env={**os.environ, **named}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        _end(process)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _etcd(folder: Path) -> "tuple[str, subprocess.Popen[bytes]]":
    url = f"http://127.0.0.1:{free_port()}"
    process = _spawn(
        folder,
        "etcd",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        "--listen-peer-urls=http://127.0.0.1:0",
    )
    _await_ready(process, lambda: httpx2.get(f"{url}/health").is_success, folder)
    return url, process


def _write_files(server: Server) -> None:
    (server.folder / "tokens.csv").write_text(f'{server.token},admin,admin,"system:masters"\n')
    (server.folder / "audit.json").write_text(json.dumps(_AUDIT))
    authority = front_proxy.Authority()
    (server.folder / "front-proxy-ca.crt").write_text(authority.pem)
    authority.client(server.folder)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(server.key), "-out"]
    subprocess.run([*command, *named, str(server.certificate)], check=True, capture_output=True)


def _spawn(folder: Path, program: str, *flags: str) -> "subprocess.Popen[bytes]":
    path = Path(os.environ[ASSETS]) / program
    with (folder / f"{program}.log").open("ab") as log:
        return subprocess.Popen([path, *flags], stdout=log, stderr=log, cwd=folder)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_ready(process: "subprocess.Popen[bytes]", is_ready: Any, folder: Path) -> None:
    """Ask until it is ready. A program that ends says why in its log."""
    deadline = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if is_ready():
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    program = Path(str(process.args[0])).name  # type: ignore[index]
    log = (folder / f"{program}.log").read_text()[-2000:]
    raise AssertionError(f"{program} is not ready after {_SECONDS_TO_START} s: {log}")
