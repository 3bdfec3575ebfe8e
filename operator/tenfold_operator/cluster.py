"""The API server, through kubernetes.aio: the only module that writes to it."""

import json
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp
from kubernetes.aio.client import ApiClient, ApiException

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.errors import ClusterError, Gone, Refused
from tenfold_operator.model import Key
from tenfold_operator.resources import Manifest
from tenfold_operator.transitions import Transition

# Plural names of all kinds that are written: what discovery would tell, without asking.
PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "NetworkPolicy": "networkpolicies",
    "PersistentVolumeClaim": "persistentvolumeclaims",
    "Service": "services",
    "Deployment": "deployments",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    api.KIND: api.PLURAL,
}

_APPLY = "application/apply-patch+yaml"
_MERGE = "application/merge-patch+json"
_JSON = "application/json"
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_PAGE = "500"
_TIMEOUT = 30.0
# Of these, the object itself is to blame; any other answer may be another one next time.
_REFUSALS = {400, 403, 405, 413, 422}


class Cluster(Protocol):
    """What the operator does to a cluster."""

    async def apply(self, manifest: Manifest) -> Manifest:
        """Make the object have the fields of the manifest, and give it. Raises Refused or ClusterError."""

    async def delete(self, child: Manifest) -> None:
        """Delete the object, if it is still the one that was seen."""

    async def set_status(self, model: Key, uid: str, status: Mapping[str, Any]) -> None:
        """Replace all of the status that is ours. Raises Gone when the model is there no more."""

    async def tell(self, model: Key, uid: str, transition: Transition, now: str) -> None:
        """Record an Event of the model."""

    async def scale(self, model: Key, version: str, replicas: int) -> None:
        """Set the model's replicas, if it is still of this version. Raises ClusterError when it is not."""


class ApiServer:
    """A cluster behind its API server."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    async def close(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def apply(self, manifest: Manifest) -> Manifest:
        return dict(json.loads(await self._apply(_path(manifest), manifest)))

    async def delete(self, child: Manifest) -> None:
        """Name the uid: an object of that name that came since is not meant."""
        body = {"preconditions": {"uid": child["metadata"]["uid"]}, "propagationPolicy": "Background"}
        try:
            await self._request("DELETE", _path(child), body)
        except Gone:
            return

    async def set_status(self, model: Key, uid: str, status: Mapping[str, Any]) -> None:
        metadata = {"name": model.name, "namespace": model.namespace, "uid": uid}
        manifest = {"apiVersion": api.API_VERSION, "kind": api.KIND, "metadata": metadata, "status": status}
        await self._apply(_path(manifest) + "/status", manifest)

    async def tell(self, model: Key, uid: str, transition: Transition, now: str) -> None:
        path = f"/api/v1/namespaces/{model.namespace}/events"
        await self._request("POST", path, _event(model, uid, transition, now))

    async def scale(self, model: Key, version: str, replicas: int) -> None:
        wanted = {"metadata": {"resourceVersion": version}, "spec": {"replicas": replicas}}
        await self.merge(f"{_path_of(api.API_VERSION, api.KIND, *model)}/scale", wanted)

    async def get(self, path: str, **query: str) -> Any:
        """Read an object or a list. Raises Gone, Refused or ClusterError, as all that follow."""
        return json.loads(await self._request("GET", path, query=list(query.items())))

    async def uids(self, path: str, selector: str) -> set[str]:
        """Give the uids of all objects at a path that have the label, as they are now."""
        found: set[str] = set()
        more = ""
        while True:
            query = [("limit", _PAGE), ("labelSelector", selector), ("continue", more)]
            page = json.loads(await self._request("GET", path, query=query, accept=_METADATA))
            found |= {each["metadata"]["uid"] for each in page["items"] or ()}
            if not (more := page["metadata"].get("continue", "")):
                return found

    async def merge(self, path: str, change: Mapping[str, Any]) -> None:
        """Apply a JSON merge patch."""
        await self._request("PATCH", path, change, content_type=_MERGE)

    async def ask(self, path: str, question: Mapping[str, Any]) -> Any:
        """Create what is not kept but answered, such as a SubjectAccessReview."""
        return json.loads(await self._request("POST", path, question))

    async def _apply(self, path: str, manifest: Mapping[str, Any]) -> bytes:
        query = [("fieldManager", names.FIELD_MANAGER), ("force", "true")]
        return await self._request("PATCH", path, manifest, content_type=_APPLY, query=query)

    async def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        content_type: str = _JSON,
        accept: str = _JSON,
        query: list[tuple[str, str]] | None = None,
    ) -> bytes:
        """Send one request. JSON is YAML, so a body of either type is written as JSON."""
        headers = {"Accept": accept, "Content-Type": content_type}
        request = await self._client.param_serialize(
            method,
            path,
            query_params=query or [],
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        try:
            answer = await self._client.call_api(*request, _request_timeout=_TIMEOUT)
            content: bytes = await answer.read()  # type: ignore[no-untyped-call]
            self._client.response_deserialize(answer, {})
        except ApiException as error:
            raise _translated(error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ClusterError(f"the API server did not answer: {type(error).__name__}") from error
        return content


def _path(manifest: Mapping[str, Any]) -> str:
    metadata = manifest["metadata"]
    return _path_of(manifest["apiVersion"], manifest["kind"], metadata["namespace"], metadata["name"])


def _path_of(version: str, kind: str, namespace: str, name: str) -> str:
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{PLURALS[kind]}/{name}"


def _translated(error: Any) -> Exception:
    if error.status == 404 or (error.status == 409 and "uid" in _message(error).lower()):
        return Gone(_message(error))
    if error.status in _REFUSALS:
        return Refused(_message(error))
    return ClusterError(f"the API server answered {error.status}: {_message(error)}")


def _message(error: Any) -> str:
    """Give the API server's own sentence."""
    body = error.body or error.data or ""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)


def _event(model: Key, uid: str, transition: Transition, now: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": f"{model.name}.", "namespace": model.namespace},
        "involvedObject": {
            "apiVersion": api.API_VERSION,
            "kind": api.KIND,
            "name": model.name,
            "namespace": model.namespace,
            "uid": uid,
        },
        "type": transition.type,
        "reason": transition.reason,
        "message": transition.message[:1024],
        "source": {"component": "tenfold-operator"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
    }
