"""Of InferenceModels with one model id, the oldest is served, as with Kubernetes' Gateway API."""

from typing import TypeAlias

Seniority: TypeAlias = tuple[str, tuple[str, str]]


def same_id(model_id: str) -> str:
    """Give what is equal for ids that a person would take for the same."""
    return model_id.casefold()


def seniority(created: str, namespace: str, name: str) -> Seniority:
    """Give what is least for the one that is served. `created` is RFC 3339 in UTC: texts sort as times do."""
    return created, (namespace, name)
