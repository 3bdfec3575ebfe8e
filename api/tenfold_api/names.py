"""Every name that the outside sees: the resource, headers, environment variables, paths and ports."""

GROUP = "tenfold.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "InferenceModel"
PLURAL = "inferencemodels"
SINGULAR = "inferencemodel"
SHORT_NAME = "im"
CATEGORY = "tenfold"

# Environment of a runtime process or pod.
MODEL_ENV = "TENFOLD_MODEL"  # the InferenceModel as JSON
CACHE_ENV = "TENFOLD_CACHE"  # the folder of converted artifacts and downloads
PORT_ENV = "TENFOLD_PORT"

RUNTIME_PORT = 8000
GATEWAY_PORT = 8080

# Paths of a runtime. POST / and POST /pipeline/<task> predict.
HEALTH_PATH = "/healthz"
READY_PATH = "/readyz"
STATUS_PATH = "/status"
METRICS_PATH = "/metrics"
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
