"""The shape that every task of a pipeline has: a request, the model loaded for it, and the answer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from tenfold_api.clients import Client
from tenfold_api.spec import Engine, Limits, Security
from tenfold_api.tasks import Task
from tenfold_runtime.tasks.request import Request

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a pipeline is loaded from."""

    folder: Path
    """With engine `onnx` the artifact, exported graphs and all; else the model's own files."""
    engine: Engine
    """`onnx` or `transformers`."""
    security: Security
    limits: Limits
    threads: int


class PipelineTask(ABC, Generic[R]):
    """A task that is answered one request at a time, off the event loop.

    Modules import their libraries inside `load`: what no model needs is not imported.
    """

    task: ClassVar[Task]
    request: ClassVar[type[Request]]
    takes_file: ClassVar[bool] = False
    """Whether a body may be a file as it is, an image or a sound."""
    answers: ClassVar[str] = "application/json"
    """Content type of the answers, as `image/*`."""

    @classmethod
    @abstractmethod
    def load(cls, weights: Weights) -> Self:
        """Load the model; raises CannotLoad where it can never be loaded."""

    @abstractmethod
    def example_body(self) -> dict[str, Any]:
        """Give a body to try the task with."""

    def repeatable(self, request: R) -> bool:
        """Tell whether the same request is answered in the same way again; not where something is drawn."""
        return True

    @abstractmethod
    def answer(self, request: R, client: Client) -> Any:
        """Give what JSON can hold, or Media; raises InvalidInput where a field cannot be used."""
