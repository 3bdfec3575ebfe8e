"""A real API server as tests see it. Each part of Tenfold has its own ServiceAccount's rights only."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx2
import yaml

from api_server import ASSETS, Server
from operator_objects import EVENTS, RESOURCES, Object
from operator_stories import Kube, Request
from tenfold_api import names as api

MANIFESTS = Path(__file__).parents[2] / "manifests"
NAMESPACES = ("models", "elsewhere")
OPERATOR = "tenfold-operator"
GATEWAY = "tenfold-gateway"

_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"
_SERVER_SIDE = ("resourceVersion", "uid", "managedFields", "generation", "creationTimestamp", "selfLink")
_INSTALLED = ("namespace", "crd", "rbac-operator", "gateway")
_PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "CustomResourceDefinition": "customresourcedefinitions",
    "Namespace": "namespaces",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "ServiceAccount": "serviceaccounts",
}
"""Of what is installed: all that an installation consists of but its workloads."""
_DEFINITION = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{api.PLURAL}.{api.GROUP}"
_REPLICA_SETS = ("apps", "v1", "replicasets")
_SLICES = ("discovery.k8s.io", "v1", "endpointslices")


class Refused(Exception):
    """The API server's answer to a request that it does not serve: its own sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Real(Kube):
    """A running API server, with Tenfold's own objects in it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = server.client()
        self._tokens: dict[str, str] = {}
        self._lines: list[Object] = []
        self._read = 0

    def install(self) -> None:
        """Make the namespaces, and apply what an installation consists of."""
        for name in NAMESPACES:
            self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        for file in _INSTALLED:
            for document in _installed(file):
                self.ask("PATCH", f"{_path(document)}?fieldManager=tests", document, _APPLY)
        self.await_definition()
        self._tokens = {part: self._token_of(part) for part in (OPERATOR, GATEWAY)}

    def _token_of(self, part: str) -> str:
        path = f"/api/v1/namespaces/tenfold/serviceaccounts/{part}/token"
        return str(self.ask("POST", path, {"spec": {"expirationSeconds": 7200}})["status"]["token"])

    def await_definition(self) -> None:
        """Wait until the API server serves InferenceModels: it says so itself, in a condition."""
        deadline = time.monotonic() + 30
        while not _is_established(self.ask("GET", _DEFINITION)):
            assert time.monotonic() < deadline, "the CRD is not established"
            time.sleep(0.05)

    def undefine(self) -> None:
        """Take away the CustomResourceDefinition, and all that is of it."""
        self.ask("DELETE", _DEFINITION)
        deadline = time.monotonic() + 30
        while self._is_defined():
            assert time.monotonic() < deadline, "the CRD stays"
            time.sleep(0.05)

    def define(self) -> None:
        for document in _installed("crd"):
            self.ask("PATCH", f"{_path(document)}?fieldManager=tests", document, _APPLY)
        self.await_definition()

    def _is_defined(self) -> bool:
        return bool(self.client.get(_DEFINITION).is_success)

    def close(self) -> None:
        self.client.close()

    def kubectl(self, *arguments: str) -> str:
        """Give what kubectl prints for one who may do everything."""
        command = [Path(os.environ[ASSETS]) / "kubectl", f"--kubeconfig={self.server.kubeconfig()}"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def may(self, part: str, verb: str, resource: str) -> bool:
        """Ask the API server for the part's right in the namespace of models."""
        plural, _, subresource = resource.partition("/")
        group = api.GROUP if plural == api.PLURAL else ""
        what = {"namespace": "models", "verb": verb, "group": group, "resource": plural}
        named = {"resourceAttributes": {**what, "subresource": subresource}}
        review = {"spec": {"user": f"system:serviceaccount:tenfold:{part}", **named}}
        answer = self.ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    def empty(self) -> None:
        """Delete what earlier tests left, and forget what the operator asked until now."""
        for namespace in NAMESPACES:
            for group, version, plural in (_REPLICA_SETS, *RESOURCES.values(), EVENTS, _SLICES):
                path = f"{_root(group, version)}/namespaces/{namespace}/{plural}"
                self.ask("DELETE", path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
        self._lines.clear()
        self._read = self.server.audit.stat().st_size if self.server.audit.exists() else 0

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Object:
        """Send a request as one who may do everything. Raises Refused."""
        content = None if body is None else json.dumps(body)
        answer = self.client.request(method, path, content=content, headers={"Content-Type": content_type})
        if not answer.is_success:
            raise Refused(answer.status_code, _message(answer))
        return dict(answer.json())

    async def apply(self, manifest: Object) -> Object:
        wanted = _without_server_side(manifest)
        if self.get(manifest["kind"], manifest["metadata"]["name"], manifest["metadata"]["namespace"]):
            stored = self.ask("PATCH", _of(manifest), wanted, _MERGE)
        else:
            stored = self.ask("POST", _of(manifest).rpartition("/")[0], wanted)
        if "status" in manifest:
            stored = self.ask("PATCH", _of(manifest) + "/status", {"status": manifest["status"]}, _MERGE)
        return stored

    async def delete(self, kind: str, name: str, namespace: str = "models") -> None:
        body = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}
        self.ask("DELETE", _named(kind, namespace, name), body)

    def get(self, kind: str, name: str, namespace: str = "models") -> Object:
        try:
            return self.ask("GET", _named(kind, namespace, name))
        except Refused as error:
            if error.status == 404:
                return {}
            raise

    def all(self, kind: str, namespace: str = "models") -> list[Object]:
        return list(self.ask("GET", _named(kind, namespace, "").rstrip("/"))["items"])

    def children(self, namespace: str) -> set[tuple[str, str]]:
        children = RESOURCES.keys() - {api.KIND, "Pod"}
        return {(kind, each["metadata"]["name"]) for kind in children for each in self.all(kind, namespace)}

    def events(self) -> list[tuple[str, str]]:
        found = self.ask("GET", "/api/v1/namespaces/models/events")["items"]
        found.sort(key=lambda event: int(event["metadata"]["resourceVersion"]))
        return [(event["type"], event["reason"]) for event in found]

    def requests(self, part: str = OPERATOR) -> list[Request]:
        return [_request(line) for line in self.audited(part) if line["responseStatus"]["code"] < 400]

    def forbidden(self, part: str) -> list[Request]:
        """Give the requests for which the part has no right."""
        return [_request(line) for line in self.audited(part) if line["responseStatus"]["code"] == 403]

    def audited(self, part: str) -> list[Object]:
        """Give the API server's own record of the part's requests of this test, watches as they begin."""
        with self.server.audit.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        self._lines += [line for line in map(json.loads, whole.splitlines()) if _counts(line)]
        return [line for line in self._lines if line["user"]["username"].endswith(f":{part}")]

    def kubeconfig(self, folder: Path, part: str = OPERATOR, port: int | None = None) -> Path:
        return self.server.kubeconfig(self._tokens[part], port)


def _installed(file: str) -> list[Object]:
    documents = yaml.safe_load_all((MANIFESTS / f"{file}.yaml").read_text())
    return [document for document in documents if document["kind"] in _PLURALS]


def _is_established(definition: Object) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _counts(line: Object) -> bool:
    stage = "ResponseStarted" if line["verb"] == "watch" else "ResponseComplete"
    return line["stage"] == stage and "objectRef" in line


def _request(line: Object) -> Request:
    what = line["objectRef"]
    resource = "/".join(filter(None, (what["resource"], what.get("subresource"))))
    return Request(line["verb"], what.get("apiGroup", ""), resource, what.get("name", ""))


def _message(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError):
        return answer.text


def _root(group: str, version: str) -> str:
    return f"/apis/{group}/{version}" if group else f"/api/{version}"


def _named(kind: str, namespace: str, name: str) -> str:
    group, version, plural = RESOURCES[kind]
    return f"{_root(group, version)}/namespaces/{namespace}/{plural}/{name}"


def _of(manifest: Object) -> str:
    return _named(manifest["kind"], manifest["metadata"]["namespace"], manifest["metadata"]["name"])


def _path(manifest: Object) -> str:
    """Give the path of an object of an installation, which may be in no namespace."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    metadata = manifest["metadata"]
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    return f"{_root(group, version)}{within}/{_PLURALS[manifest['kind']]}/{metadata['name']}"


def _without_server_side(manifest: Object) -> Object:
    kept = {name: value for name, value in manifest["metadata"].items() if name not in _SERVER_SIDE}
    return {**manifest, "metadata": kept}
