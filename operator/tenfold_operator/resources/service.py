"""The headless Service, whose EndpointSlices tell gateways the addresses of a model's pods."""

from tenfold_api import names as api
from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.resources.common import Manifest, manifest


def service(model: Model) -> Manifest:
    port = {
        "name": names.PORT,
        "port": api.RUNTIME_PORT,
        "targetPort": names.PORT,
        "protocol": "TCP",
        "appProtocol": "http",
    }
    spec = {
        "type": "ClusterIP",
        "clusterIP": "None",
        "selector": names.selector(model.name),
        "ports": [port],
    }
    return manifest("v1", "Service", model, spec=spec)
