"""What the owner of a gateway in a cluster may choose: one JSON object in `TENFOLD_GATEWAY`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

from tenfold_api import names
from tenfold_api.environment import told
from tenfold_gateway.settings import Settings

ENV = "TENFOLD_GATEWAY"


@dataclass(frozen=True, config=ConfigDict(alias_generator=to_camel, extra="forbid"))
class ClusterSettings(Settings):
    """Settings of every gateway, and of one in a cluster."""

    namespaces: tuple[str, ...] = ()
    """Namespaces whose models are served; all when empty."""
    host: str = "0.0.0.0"  # noqa: S104 - a pod's own addresses
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = names.GATEWAY_PORT
    """Port to listen on; 0 takes a free one."""
    drain_seconds: Annotated[int, Field(ge=0)] = 60
    """Longest time that requests under way have when the process is told to stop."""
    watch_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long one watch lasts, and so how long a dead connection to the API server goes unnoticed."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "ClusterSettings":
        """Read `TENFOLD_GATEWAY`, with the fields in camelCase. Raises pydantic's ValidationError."""
        return TypeAdapter(cls).validate_python(told(environment, ENV))
