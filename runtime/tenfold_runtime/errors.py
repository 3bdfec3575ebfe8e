"""What can go wrong. The class is the policy: a status for the caller, or the end of loading."""

from typing import Any, ClassVar

from tenfold_api.progress import Failure


class RequestError(Exception):
    """A request that cannot be answered as it is."""

    status = 400
    error_type: ClassVar[str | None] = None
    """What text-generation-inference calls it; None where the hosted API has no name for it."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems

    def as_hosted(self) -> dict[str, Any]:
        """Give the body of a refusal as the hosted API has it."""
        named = {} if self.error_type is None else {"error_type": self.error_type}
        return {"error": list(self.problems) if self.status == 400 else str(self), **named}

    def as_openai(self) -> dict[str, Any]:
        """Give what OpenAI's clients read an error from."""
        kind = self.error_type or ("invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": str(self), "type": kind, "param": None, "code": None}}


class InvalidInput(RequestError):
    """A field of the request is wrong. `field` is its path, as `inputs.context`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"Error in `{field}`: {problem}")
        self.reason = problem


class TaskNotAnswered(RequestError):
    """The task in the path is none that this model answers."""

    status = 404


class BodyTooLarge(RequestError):
    """The body exceeds limits.maxBodyBytes."""

    status = 413


class Overloaded(RequestError):
    """The queue is full. The caller may try again."""

    status = 429
    error_type = "overloaded"


class TooSlow(RequestError):
    """The answer took longer than limits.timeout."""

    status = 504

    @classmethod
    def after(cls, seconds: float) -> "TooSlow":
        return cls(f"Model too busy, unable to get response in less than {seconds:.0f} second(s)")


class Unforeseen(RequestError):
    """Nobody thought of this request: a fault of ours."""

    status = 500


class CannotLoad(Exception):
    """The model can never load as it is: retrying would not help."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.failure = Failure(status=status, reason=reason, message=message)

    @classmethod
    def of(cls, failure: Failure) -> "CannotLoad":
        return cls(failure.status, failure.reason, failure.message)


class ExportUnsupported(CannotLoad):
    """The model does not become a graph for ONNX Runtime. It may run on torch."""

    def __init__(self, message: str, reason: str = "ExportUnsupported") -> None:
        super().__init__(422, reason, message)


class HubUnavailable(Exception):
    """The hub did not answer. Trying again later may help."""
