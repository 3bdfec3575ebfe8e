"""How the kubelet learns that a runtime is up, ready, and not stuck."""

from typing import Any

from tenfold_api import names as api
from tenfold_api.spec import Engine
from tenfold_operator import names
from tenfold_operator.model import Model
from tenfold_operator.settings import Runtime

# Where vLLM, text-generation-inference and text-embeddings-inference say that they can answer.
_CUSTOM_PATH = "/health"


def probes(model: Model, runtime: Runtime) -> dict[str, Any]:
    """Give the three probes of the container."""
    return _of_any_server(runtime) if model.spec.engine is Engine.CUSTOM else _of_our_runtime()


def _of_our_runtime() -> dict[str, Any]:
    """Ours answers at once and loads meanwhile: loading may take as long as it will."""
    return {
        "startupProbe": _probe(api.HEALTH_PATH, every=1, failures=60),
        "livenessProbe": _probe(api.HEALTH_PATH, every=10, failures=3, timeout=5),
        "readinessProbe": _probe(api.READY_PATH, every=2, failures=2),
    }


def _of_any_server(runtime: Runtime) -> dict[str, Any]:
    """Others answer when they have loaded: until then only the startup probe asks."""
    return {
        "startupProbe": _probe(_CUSTOM_PATH, every=5, failures=max(1, runtime.load_seconds // 5)),
        "livenessProbe": _probe(_CUSTOM_PATH, every=10, failures=6, timeout=5),
        "readinessProbe": _probe(_CUSTOM_PATH, every=2, failures=2),
    }


def _probe(path: str, *, every: int, failures: int, timeout: int = 2) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": names.PORT, "scheme": "HTTP"},
        "periodSeconds": every,
        "failureThreshold": failures,
        "timeoutSeconds": timeout,
        "successThreshold": 1,
    }
