"""What a path under /models/ means: which model, and which path of its runtime."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from tenfold_api import names
from tenfold_api.spec import MODEL_ID

PREDICT = "/"
INFO = "/info"
HEALTH = "/health"

# Paths of a runtime where another dialect is spoken, beside OpenAI's below /v1.
_DIALECTS = [re.escape(path) for path in names.OTHER_DIALECTS if not path.startswith("/v1/")]
_ENDING = re.compile(
    rf"(?P<model>{MODEL_ID})"
    rf"(?P<path>/pipeline/[\w-]+|/info|/health|{re.escape(names.OPENAPI_PATH)}|/v1(/[\w-]+)+|{'|'.join(_DIALECTS)})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A model and a path of its runtime."""

    model_id: str
    path: str = PREDICT

    @property
    def predicts(self) -> bool:
        """Whether POST here is a prediction and GET tells of the model."""
        return self.path == PREDICT or self.path.startswith(names.PIPELINE_PATH)

    @property
    def is_dialect(self) -> bool:
        """Whether every request here goes to the runtime as it is."""
        return self.path.startswith("/v1/") or self.path in (*names.OTHER_DIALECTS, names.OPENAPI_PATH)

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET",) if self.path in (INFO, HEALTH, names.OPENAPI_PATH) else ("GET", "POST")


def target(rest: str, known: Callable[[str], object]) -> Target:
    """Read what follows /models/. An id may end like a path of the runtime, so it is tried whole first."""
    rest = rest.rstrip("/")
    if known(rest):
        return Target(rest)
    ending = _ENDING.fullmatch(rest)
    return Target(ending["model"], ending["path"]) if ending else Target(rest)


def task_target(task: str, model_id: str) -> Target:
    """Read /pipeline/<task>/<model id>."""
    return Target(model_id.rstrip("/"), f"{names.PIPELINE_PATH}/{task}")
