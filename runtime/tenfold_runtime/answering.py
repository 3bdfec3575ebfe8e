"""What the service and its HTTP face need of whatever answers for a model."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from tenfold_api import names
from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.errors import RequestError
from tenfold_runtime.tasks.request import Request

# What the hosted API says in x-compute-characters for an image or a sound.
NO_CHARACTERS = -1


@dataclass(frozen=True, slots=True)
class Media:
    """An answer that is a file, as an image or a sound."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """An answer, and what the x-compute headers tell of it."""

    answer: Any
    """What JSON can hold, arrays included; or Media."""
    characters: int
    seconds: float
    repeatable: bool = True
    """Whether the same request would be answered in the same way again. Sampled text is not."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that comes piece by piece, as server-sent events."""

    events: AsyncGenerator[bytes]
    characters: int


Heard: TypeAlias = Callable[[bytes | RequestError, bool], object]
"""Is told a stream's events as they come, and whether more follow; or an error in place of the first."""


class Begun(Protocol):
    """A stream that has begun, and was not told to anyone yet."""

    characters: int

    def tell(self, heard: Heard) -> None:
        """Have somebody told all that comes."""

    def leave(self) -> None:
        """Give up what is still to come."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """One way to ask a model: a path, and the body that is read there."""

    path: str
    request: type[Request]
    task: Task | None = None
    """What is answered there, where the path is the hosted API's own."""
    example: dict[str, Any] | None = None
    is_file: bool = False
    """Whether the body may be a file as it is."""
    answers: tuple[str, ...] = ("application/json",)
    """Content types of the answers."""


def at_pipeline(task: Task, request: type[Request], **more: Any) -> Accepted:
    """Give how a task is asked by the path that names it."""
    return Accepted(f"{names.PIPELINE_PATH}/{task}", request, task, **more)


Answer: TypeAlias = Prediction | Stream


class Worker(Protocol):
    """Runs the network for requests that wait."""

    @property
    def waiting(self) -> int:
        """Requests in the queue."""

    @property
    def busy_seconds(self) -> float:
        """Age of the run under way, in seconds; 0 when idle."""

    async def work(self) -> None:
        """Serve the queue until cancelled."""


class Answerer(Protocol):
    """Answers requests for one loaded model, while its worker works."""

    @property
    def worker(self) -> Worker: ...

    async def predict(self, body: bytes, task: Task | None, client: Client) -> Answer:
        """Answer a body of the hosted API; raises RequestError where it cannot be answered."""

    async def call(self, path: str, body: bytes, client: Client) -> Answer:
        """Answer a body at a path of another API, as /v1/embeddings; raises RequestError."""

    def accepted(self) -> list[Accepted]:
        """Give every way to ask the model."""

    def examples(self) -> dict[str, dict[str, Any]]:
        """Give, for each task that the model answers, a body to try it with."""


class Streamer(ABC):
    """What an answerer is too whose answers may be streams."""

    @abstractmethod
    def begin(self, path: str, body: bytes, client: Client) -> Begun | None:
        """Begin the stream that a body asks for; None where it asks for something else, or needs a thread.

        Raises RequestError, as `predict` and `call` do.
        """
