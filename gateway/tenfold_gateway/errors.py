"""Answers other than the model's. The class is the status; the message is written for the caller."""

import math
from typing import Any

from tenfold_api.progress import Failure
from tenfold_gateway.routes import Replica


class CallerLeft(Exception):
    """The caller hung up. Nobody is there to be answered."""


class LeftIncomplete(Exception):
    """An answer broke off midway. The server closes the connection, so that the caller notices."""


class Paused(LeftIncomplete):
    """It paused for too long, or the caller's reading did."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it paused for more than {seconds:g} seconds")


class Refusal(Exception):
    """What the caller hears instead of a prediction."""

    status = 500
    headers: dict[str, str] = {}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": str(self)}


class EmptyBody(Refusal):
    """There is nothing to predict."""

    status = 400

    def __init__(self) -> None:
        super().__init__("Error in body: it is empty; send JSON with inputs")

    @property
    def body(self) -> dict[str, Any]:
        return {"error": [str(self)]}


class NoModel(Refusal):
    """The path is that of all models, and the body does not say which one is meant."""

    status = 400

    def __init__(self) -> None:
        super().__init__("Error in `model`: name a model in the JSON body, as GET /v1/models lists it")

    @property
    def body(self) -> dict[str, Any]:
        """In the words of OpenAI, whose clients ask at these paths."""
        told = {"message": str(self), "type": "invalid_request_error", "param": "model", "code": None}
        return {"error": told}


class UnknownModel(Refusal):
    """No InferenceModel has this id, or none that the caller may know of."""

    status = 404
    # huggingface_hub raises RepositoryNotFoundError by this header; other clients ignore it.
    headers = {"x-error-code": "RepoNotFound"}

    def __init__(self, model_id: str) -> None:
        unnamed = "The path names no model; it is /models/<model id>"
        super().__init__(f"Model {model_id[:200]} does not exist" if model_id else unnamed)


class WrongMethod(Refusal):
    """The path exists, the method does not."""

    status = 405

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{method} is not allowed here; use {' or '.join(allowed)}")
        self.headers = {"allow": ", ".join(allowed)}


class SlowBody(Refusal):
    """The caller took too long to send the body."""

    status = 408
    headers = {"connection": "close"}

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the body did not arrive within {seconds:g} seconds")


class BodyTooLarge(Refusal):
    """The body exceeds limits.maxBodyBytes."""

    status = 413

    def __init__(self, most: int) -> None:
        super().__init__(f"the body is larger than {most} bytes")


class EncodedBody(Refusal):
    """The body is compressed: a few bytes could become gigabytes."""

    status = 415
    headers = {"accept-encoding": "identity"}

    def __init__(self, encoding: str) -> None:
        super().__init__(f"Content-Encoding {encoding[:50]} is not supported; send the body as it is")


class NotLoadedYet(Refusal):
    """The caller asked not to wake the model. The Hub's widgets read this error in a success."""

    status = 200

    def __init__(self) -> None:
        super().__init__("not loaded yet")


class Loading(Refusal):
    """The model is on its way."""

    status = 503

    def __init__(self, model_id: str, seconds: float) -> None:
        super().__init__(f"Model {model_id} is currently loading")
        self.estimated_time = max(0.1, round(seconds, 1))
        self.headers = {"retry-after": str(math.ceil(self.estimated_time))}

    @property
    def body(self) -> dict[str, Any]:
        return {"error": str(self), "estimated_time": self.estimated_time}


class NeverLoads(Refusal):
    """Waiting would not help."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.status = failure.status


class Lost(Refusal):
    """The connection to a replica failed before a byte of its answer.

    502 and not 503, which some clients repeat without a pause and for ever.
    """

    status = 502
    headers = {"retry-after": "1"}

    def __init__(self, model_id: str, replica: Replica) -> None:
        super().__init__(f"Model {model_id} went away before it answered; try again")
        self.replica = replica


class Garbled(Refusal):
    """A replica answered something that is not HTTP."""

    status = 502

    def __init__(self, model_id: str) -> None:
        super().__init__(f"Model {model_id} gave an answer that cannot be read")


class TooSlow(Refusal):
    """The answer took longer than limits.timeout."""

    status = 504

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Model too busy, unable to get response in less than {seconds:g} second(s)")
