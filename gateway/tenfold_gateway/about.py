"""What programs are told of a model, in the several shapes that the clients read."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from tenfold_api.tasks import Task, answered_with
from tenfold_gateway.routes import Route

_FRAMEWORKS: dict[str, str] = {
    Task.FEATURE_EXTRACTION: "sentence-transformers",
    Task.SENTENCE_SIMILARITY: "sentence-transformers",
    Task.TABULAR_CLASSIFICATION: "sklearn",
    Task.TABULAR_REGRESSION: "sklearn",
    Task.TEXT_TO_IMAGE: "diffusers",
    Task.TEXT_GENERATION: "text-generation-inference",
}


class Standing(StrEnum):
    """Where a model stands, as seen from outside."""

    READY = "ready"
    LOADING = "loading"
    SLEEPING = "sleeping"
    FAILED = "failed"


def standing(route: Route) -> Standing:
    if route.replicas:
        return Standing.READY
    if route.failure:
        return Standing.FAILED
    return Standing.LOADING if route.status else Standing.SLEEPING


def task(route: Route) -> str | None:
    """Give what the model does, as far as anyone knows yet."""
    told = route.status.task if route.status else None
    remembered = route.model.status.task if route.model.status else None
    return told or route.model.spec.task or remembered


def framework(route: Route) -> str:
    """Name the library that the hosted API serves the model with: it tells what may be asked of it."""
    if route.status and route.status.engine == "diffusers":
        return "diffusers"
    return _FRAMEWORKS.get(str(task(route)), "transformers")


def description(route: Route) -> dict[str, Any]:
    """Answer GET /models/<id> while no runtime does, with the names that a runtime uses."""
    return {
        "id": route.model_id,
        "task": task(route),
        "state": standing(route),
        "engine": route.status.engine if route.status else None,
        "revision": _revision(route),
        "compute_type": _compute_type(route),
        "limits": route.model.spec.limits.model_dump(mode="json", by_alias=True),
        **({"error": route.failure.message} if standing(route) is Standing.FAILED and route.failure else {}),
    }


def endpoint_info(route: Route) -> dict[str, Any]:
    """Answer GET /models/<id>/info, with the names that text-generation-inference uses."""
    limits = route.model.spec.limits
    return {
        "model_id": route.model_id,
        "model_sha": _revision(route),
        "model_pipeline_tag": task(route),
        "state": standing(route),
        "compute_type": _compute_type(route),
        "max_client_batch_size": limits.max_inputs,
        "max_concurrent_requests": limits.max_queue,
        "max_input_tokens": limits.max_input_tokens,
    }


def hub_status(route: Route) -> dict[str, Any]:
    """Answer GET /status/<id>: the four keys that huggingface_hub reads."""
    return {
        "loaded": bool(route.replicas),
        "state": _hub_state(route),
        "compute_type": (_compute_type(route) or "cpu").partition("+")[0],
        "framework": framework(route),
    }


def _hub_state(route: Route) -> str:
    if route.replicas:
        return "Loaded"
    if route.failure is None:
        return "Loadable"
    return "TooBig" if route.failure.reason == "TooBig" else "error"


def hub_model(route: Route) -> dict[str, Any]:
    """Answer GET /api/models/<id>: what the clients check before they call a task."""
    provider = {"status": "live", "providerId": route.model_id, "task": task(route)}
    return {
        "id": route.model_id,
        "modelId": route.model_id,
        "sha": _revision(route),
        "private": route.model.spec.visibility == "private",
        "pipeline_tag": task(route),
        "tags": [framework(route), *tasks(route)],
        "inferenceProviderMapping": {"hf-inference": provider},
        **({"inference": "warm"} if route.replicas else {}),
    }


def deployed(route: Route) -> dict[str, Any]:
    """Answer one line of GET /framework/<name>."""
    return {
        "model_id": route.model_id,
        "task": task(route),
        "framework": framework(route),
        "compute_type": _compute_type(route),
    }


def openai_model(route: Route) -> dict[str, Any]:
    """Answer one line of GET /v1/models."""
    return {"id": route.model_id, "object": "model", "created": 0, "owned_by": "tenfold"}


def hub_task(name: str, models: Sequence[str]) -> dict[str, Any]:
    """Answer one entry of GET /api/tasks: `widgetModels` is for huggingface_hub, `models` for JavaScript."""
    return {
        "id": name,
        "label": name.replace("-", " ").capitalize(),
        "models": [{"id": model_id} for model_id in models],
        "widgetModels": models,
    }


def tasks(route: Route) -> list[str]:
    """Give the tasks that the model answers, as far as anyone knows yet."""
    known = task(route)
    if known in set(Task):
        return sorted(answered_with(Task(known)))
    return [known] if known else []


def _revision(route: Route) -> str | None:
    return route.status.revision if route.status else None


def _compute_type(route: Route) -> str | None:
    return route.status.compute_type if route.status else None
