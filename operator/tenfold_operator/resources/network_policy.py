"""Who may connect to a model's pods: the gateways, which know who asks, and what reads metrics and status."""

from collections.abc import Iterator
from typing import Any

from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest
from tenfold_operator.settings import Settings


def network_policies(model: Model, settings: Settings) -> Iterator[Manifest]:
    if not settings.network_policy.enabled:
        return
    ports = [{"port": names.PORT, "protocol": "TCP"}]
    ingress = [{"from": _peers(settings), "ports": ports}]
    selector = {"matchLabels": {names.MODEL_LABEL: names.label(model.name)}}
    spec = {"podSelector": selector, "policyTypes": ["Ingress"], "ingress": ingress}
    yield manifest("networking.k8s.io/v1", "NetworkPolicy", model, spec=spec)


def _peers(settings: Settings) -> list[dict[str, Any]]:
    own = [_part(name, settings.namespace) for name in ("tenfold-gateway", "tenfold-operator")]
    return [*own, *settings.network_policy.scrapers]


def _part(name: str, namespace: str) -> dict[str, Any]:
    return {
        "podSelector": {"matchLabels": {names.NAME_LABEL: name}},
        "namespaceSelector": {"matchLabels": {names.NAMESPACE_LABEL: namespace}},
    }
