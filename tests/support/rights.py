"""What a part of Tenfold may do by its role, and what it did."""

from pathlib import Path
from typing import NamedTuple

import yaml

from operator_stories import Request

MANIFESTS = Path(__file__).parents[2] / "manifests"


class Right(NamedTuple):
    """A permission, as a role gives it."""

    group: str
    resource: str
    verb: str


SCALING = {
    Right("apiregistration.k8s.io", "apiservices", "get"),
    Right("apiregistration.k8s.io", "apiservices", "patch"),
    Right("authorization.k8s.io", "subjectaccessreviews", "create"),
    Right("discovery.k8s.io", "endpointslices", "list"),
    Right("tenfold.dev", "inferencemodels/scale", "patch"),
}
"""What the operator needs to count replicas, beside the looks at models."""


def allowed(file: str) -> set[Right]:
    """Give the rights of the roles in a file of manifests."""
    documents = yaml.safe_load_all((MANIFESTS / file).read_text())
    roles = [each for each in documents if each["kind"] in ("ClusterRole", "Role")]
    return {
        Right(group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def used(requests: list[Request]) -> set[Right]:
    """Give the rights that the API server asked for before it served the requests."""
    return {right for request in requests for right in _used(request)}


def _used(request: Request) -> set[Right]:
    """A server-side apply may create the object: who may not is refused, should it be missing.

    An APIService is never applied: what the operator patches there is there.
    """
    is_apply = request.verb == "patch" and "/" not in request.resource and request.resource != "apiservices"
    verbs = ("create", "patch") if is_apply else (request.verb,)
    return {Right(request.group, request.resource, verb) for verb in verbs}
