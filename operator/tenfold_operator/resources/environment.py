"""The environment of a runtime's process."""

import json
from typing import Any

from tenfold_api import names as api
from tenfold_api.spec import Engine
from tenfold_operator.model import Model
from tenfold_operator.resources import cache, source
from tenfold_operator.resources.common import Manifest
from tenfold_operator.settings import Runtime

# What the runtime acts on. Whatever else is in a spec can change without a pod being replaced.
_TOLD = {"task", "engine", "optimization", "batching", "limits", "security"}


def environment(model: Model, runtime: Runtime) -> list[Manifest]:
    """Give the variables by name; those of the spec override ours."""
    ours = {variable["name"]: variable for variable in _ours(model, runtime)}
    theirs = {variable["name"]: variable for variable in model.spec.env or []}
    return list({**ours, **theirs}.values())


def _ours(model: Model, runtime: Runtime) -> list[Manifest]:
    return [
        *(_of_any_server() if model.spec.engine is Engine.CUSTOM else _of_our_runtime(model)),
        {"name": "HOME", "value": "/tmp"},  # noqa: S108 - an emptyDir of the pod's own
        {"name": "HF_HOME", "value": f"{cache.FOLDER}/huggingface"},
        *([{"name": "HF_ENDPOINT", "value": runtime.hub}] if runtime.hub else []),
        *_token(model),
    ]


def _of_our_runtime(model: Model) -> list[Manifest]:
    return [
        {"name": api.MODEL_ENV, "value": json.dumps(_told(model))},
        {"name": api.CACHE_ENV, "value": cache.FOLDER},
        {"name": api.PORT_ENV, "value": str(api.RUNTIME_PORT)},
    ]


def _of_any_server() -> list[Manifest]:
    """Name the port as text-embeddings-inference and text-generation-inference read it."""
    return [{"name": "PORT", "value": str(api.RUNTIME_PORT)}]


def _told(model: Model) -> dict[str, Any]:
    """Give the InferenceModel that the runtime gets: what it acts on, so that scaling replaces no pod."""
    spec = model.spec.model_dump(mode="json", by_alias=True, exclude_unset=True, include=_TOLD)
    told = {"modelId": model.model_id, "source": source.as_told(model.spec.source), **spec}
    return {
        "apiVersion": api.API_VERSION,
        "kind": api.KIND,
        "metadata": {"name": model.name, "namespace": model.namespace},
        "spec": told,
    }


def _token(model: Model) -> list[Manifest]:
    hub = model.spec.source.hub
    if hub is None or hub.token_secret_ref is None:
        return []
    reference = {"name": hub.token_secret_ref.name, "key": hub.token_secret_ref.key}
    return [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": reference}}]
