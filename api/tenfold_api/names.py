"""Every name that the outside sees: the resource, headers, environment variables, paths and ports."""

import hashlib
import re

GROUP = "tenfold.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "InferenceModel"
PLURAL = "inferencemodels"
SINGULAR = "inferencemodel"
SHORT_NAME = "im"
CATEGORY = "tenfold"

MODEL_LABEL = f"{GROUP}/model"
"""On every object that serves a model, EndpointSlices among them; `model_label` gives its value."""
RUNTIME_PORT_NAME = "http"

# Environment of a runtime process or pod.
MODEL_ENV = "TENFOLD_MODEL"  # the InferenceModel as JSON
CACHE_ENV = "TENFOLD_CACHE"  # the folder of converted artifacts and downloads
PORT_ENV = "TENFOLD_PORT"

RUNTIME_PORT = 8000
GATEWAY_PORT = 8080

KEEP_ALIVE = 60
"""Seconds for which a gateway keeps an idle connection to a runtime. The runtime keeps it twice as long: who
writes into a connection that is being closed has to ask again."""

# Paths of a runtime. POST / and POST /pipeline/<task> predict.
HEALTH_PATH = "/healthz"
READY_PATH = "/readyz"
STATUS_PATH = "/status"
METRICS_PATH = "/metrics"
LOAD_PATH = "/load"  # of a gateway: a GatewayLoad
PIPELINE_PATH = "/pipeline"
MODELS_PATH = "/v1/models"
OPENAPI_PATH = "/openapi.json"
# Paths where a runtime speaks another dialect than the hosted API's own: OpenAI's,
# text-generation-inference's and text-embeddings-inference's.
OTHER_DIALECTS = (
    "/v1/completions",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/generate",
    "/generate_stream",
    "/embed",
    "/embed_all",
    "/similarity",
    "/predict",
    "/rerank",
)

# Headers of the hosted Inference API (lower case, as ASGI has them).
COMPUTE_TYPE = "x-compute-type"
COMPUTE_TIME = "x-compute-time"
COMPUTE_CHARACTERS = "x-compute-characters"
SHA = "x-sha"
REQUEST_ID = "x-request-id"
WAIT_FOR_MODEL = "x-wait-for-model"
LOAD_MODEL = "x-load-model"
SCALE_UP_TIMEOUT = "x-scale-up-timeout"
USE_CACHE = "x-use-cache"

_LONGEST_LABEL = 63


def model_label(model: str) -> str:
    """Give the value of MODEL_LABEL for the InferenceModel called `model`."""
    return bounded(model, _LONGEST_LABEL, of=model, exact=True)


def bounded(text: str, longest: int, *, of: str, exact: bool) -> str:
    """Cut the text where it is too long; a hash keeps apart what was cut or changed."""
    if exact and len(text) <= longest:
        return text
    digest = hashlib.sha256(of.encode()).hexdigest()[:8]
    return f"{re.sub(r'[^a-z0-9]+$', '', text[: longest - 9])}-{digest}"
