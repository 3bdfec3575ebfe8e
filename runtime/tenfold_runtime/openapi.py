"""The OpenAPI document of a running model: what it is asked, path by path, and what it answers."""

from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypeAlias

from pydantic.json_schema import models_json_schema

from tenfold_api import names
from tenfold_api.examples import EXAMPLES
from tenfold_api.tasks import Task
from tenfold_runtime.answering import Accepted

Node: TypeAlias = dict[str, Any]

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_REFUSED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
)
_ERROR: Node = {
    "type": "object",
    "description": "What was wrong, and what would be right.",
    "properties": {
        "error": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "error_type": {"type": "string"},
    },
    "required": ["error"],
}
_OPENAI_ERROR: Node = {
    "type": "object",
    "description": "What was wrong, as OpenAI's clients read it.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"message": {"type": "string"}, "type": {"type": "string"}},
            "required": ["message", "type"],
        }
    },
    "required": ["error"],
}
_ABOUT = {
    "/": "What the model is, and how to call it",
    "/info": "What the model is, and how to call it",
    "/health": "Whether the model answers",
    names.READY_PATH: "Whether the model answers",
    names.HEALTH_PATH: "Whether the runtime works",
    names.STATUS_PATH: "How far the model has been loaded",
    names.MODELS_PATH: "The one model that is served here, as OpenAI's clients ask for it",
    names.METRICS_PATH: "Metrics, as Prometheus reads them",
    names.OPENAPI_PATH: "This document",
}


def document(model_id: str, revision: str | None, accepted: Sequence[Accepted]) -> Node:
    """Describe a model that accepts these requests; none while it loads."""
    models = dict.fromkeys(one.request for one in accepted)
    named, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    request = {model: named[model, "validation"] for model in models}
    paths = {path: {"get": _get(path, summary)} for path, summary in _ABOUT.items()}
    if answered := [one for one in accepted if one.task]:
        _post(paths, "/", answered, request)
    for one in accepted:
        _post(paths, one.path, [one], request)
    return {
        "openapi": "3.1.0",
        "info": {"title": model_id, "version": revision or "unknown", "x-tenfold": version("tenfold")},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Error": _ERROR, "OpenAIError": _OPENAI_ERROR}
        },
    }


def _get(path: str, summary: str) -> Node:
    kind = "text/plain" if path == names.METRICS_PATH else _JSON
    done = {"200": {"description": "As it is now", "content": {kind: {}}}}
    loading = {"503": {"description": "Not so", "content": {_JSON: {}}}}
    return {"summary": summary, "responses": done | loading}


def _post(paths: dict[str, Node], path: str, accepted: Sequence[Accepted], request: dict[Any, Node]) -> None:
    refs = [request[one.request] for one in accepted]
    schema = refs[0] if len(refs) == 1 else {"anyOf": refs}
    first = accepted[0]
    content: Node = {_JSON: {"schema": schema, **({"example": first.example} if first.example else {})}}
    if first.is_file:
        content["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
    paths.setdefault(path, {})["post"] = {
        "summary": ", ".join(one.task.value if one.task else path for one in accepted),
        "requestBody": {"required": True, "content": content},
        "responses": {"200": _answered(accepted), **_refusals(path)},
    }


def _answered(accepted: Sequence[Accepted]) -> Node:
    content = {kind: _shown(one.task) if kind == _JSON else {} for one in accepted for kind in one.answers}
    headers = (names.COMPUTE_TYPE, names.COMPUTE_TIME, names.COMPUTE_CHARACTERS, names.SHA, names.REQUEST_ID)
    told = {name: {"schema": {"type": "string"}} for name in headers}
    return {"description": "The answer", "content": content, "headers": told}


def _shown(task: Task | None) -> Node:
    return {"example": EXAMPLES[task].answer} if task in EXAMPLES else {}


def _refusals(path: str) -> dict[str, Node]:
    name = "OpenAIError" if path.startswith("/v1/") else "Error"
    body = {_JSON: {"schema": {"$ref": _REF.format(model=name)}}}
    return {str(status.value): {"description": status.phrase, "content": body} for status in _REFUSED}
