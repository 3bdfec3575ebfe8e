"""What a request for text orders, in whichever dialect it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tenfold_api.clients import Client
from tenfold_runtime.generation.sequence import Generation, Text, Wish
from tenfold_runtime.generation.telling import EventWriter
from tenfold_runtime.tasks.request import Request


class Order(Protocol):
    """What a request has generated, and how it is answered in its dialect."""

    @property
    def wishes(self) -> list[Wish]: ...

    def answer(self, texts: list[Text]) -> Any:
        """Give the answer, from the texts that the wishes came to."""

    def events(self, generation: Generation) -> EventWriter:
        """Give what writes the answer while its one text is generated."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How requests are read at a path, and what they order."""

    request: type[Request]
    order: Callable[[Any, Client], Order]
