"""What a gateway says of the requests that it has (GET /load): what replicas are counted by."""

from pydantic import ConfigDict

from tenfold_api.base import Part


class _Told(Part):
    """Read by operators that may be older than the gateway: what they do not know, they pass over."""

    model_config = ConfigDict(extra="ignore")


class ModelLoad(_Told):
    """The requests for one model."""

    requests: int
    """Requests that are at a replica, or wait for one."""
    idle: float
    """Time since the last request came, in seconds; since the gateway knows the model, if none did."""


class GatewayLoad(_Told):
    """The requests of one gateway, by model id."""

    models: dict[str, ModelLoad]
