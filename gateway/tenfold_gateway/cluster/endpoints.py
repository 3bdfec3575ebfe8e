"""Reads EndpointSlices: which pods of a model are ready, and at which address. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tenfold_api import names
from tenfold_gateway.routes import Replica

Raw = Mapping[str, Any]


def replicas(slices: Iterable[Raw]) -> tuple[Replica, ...]:
    """Give a model's ready pods, each once, in one order.

    A pod of a dual-stack cluster is in a slice of each family; the IPv4 address is taken.
    """
    by_pod: dict[str, str] = {}
    for each in sorted(slices, key=lambda raw: str(raw.get("addressType")), reverse=True):
        by_pod.update(_ready(each))
    return tuple(Replica(url) for url in sorted(set(by_pod.values())))


def _ready(raw: Raw) -> Iterator[tuple[str, str]]:
    """Give what names a pod, and its URL."""
    port = _port(raw)
    if port is None or raw.get("addressType") not in ("IPv4", "IPv6"):
        return
    for endpoint in raw.get("endpoints") or ():
        if endpoint.get("addresses") and _is_ready(endpoint.get("conditions") or {}):
            address = endpoint["addresses"][0]
            host = f"[{address}]" if ":" in address else address
            yield (endpoint.get("targetRef") or {}).get("uid") or address, f"http://{host}:{port}"


def _is_ready(conditions: Raw) -> bool:
    """Read readiness as Kubernetes means it: where nothing is said, the endpoint is ready."""
    return conditions.get("ready") is not False


def _port(raw: Raw) -> int | None:
    ports = {each.get("name"): each.get("port") for each in raw.get("ports") or ()}
    return ports.get(names.RUNTIME_PORT_NAME)
