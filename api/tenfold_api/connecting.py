"""How a process finds the API server of its cluster. Needs the package `kubernetes`."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kubernetes.aio.client import Configuration


async def configuration() -> "Configuration":
    """Find the API server as kubectl does outside a cluster, and by the service account inside."""
    from kubernetes.aio import config
    from kubernetes.aio.client import Configuration

    found = Configuration()
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        config.load_incluster_config(client_configuration=found)  # type: ignore[no-untyped-call]
    else:
        file = os.environ.get("KUBECONFIG")
        await config.load_kube_config(file, client_configuration=found)  # type: ignore[no-untyped-call]
    return found
