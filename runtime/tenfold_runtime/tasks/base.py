"""The shape that every task has: a request, encodings of it, and the answer made of the network's outputs."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from tokenizers import Encoding

from tenfold_api.clients import Client
from tenfold_api.tasks import Task
from tenfold_runtime.facts import Facts
from tenfold_runtime.network import Outputs
from tenfold_runtime.tasks.request import Request
from tenfold_runtime.tokenizer import TextTokenizer

R = TypeVar("R", bound=Request)


@dataclass(frozen=True, slots=True)
class TextModel:
    """What every text task needs of a loaded model."""

    tokenizer: TextTokenizer
    facts: Facts


class TextTask(ABC, Generic[R]):
    """A task whose input is text and whose network is run once over all sequences."""

    task: ClassVar[Task]
    request: ClassVar[type[Request]]
    example: ClassVar[dict[str, Any]]
    """A body to try the task with."""

    def __init__(self, model: TextModel) -> None:
        self.tokenizer = model.tokenizer
        self.facts = model.facts

    @classmethod
    def suits(cls, facts: Facts) -> bool:
        """Tell whether a model of these facts can answer the task."""
        return True

    def example_body(self) -> dict[str, Any]:
        """Give a body that this very model answers."""
        return self.example

    @abstractmethod
    def encode(self, request: R) -> list[Encoding]:
        """Give the sequences to run; raises InvalidInput where a field cannot be used."""

    @abstractmethod
    def answer(self, request: R, encodings: list[Encoding], outputs: list[Outputs], client: Client) -> Any:
        """Make the response, as JSON-able values and arrays, from one output per encoding."""
